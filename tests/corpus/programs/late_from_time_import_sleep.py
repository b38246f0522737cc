"""Patched too late: `from time import sleep` came before, and means the old function (linkedin/iris#703)."""

# under: gevent

from time import sleep  # OR

from gevent import monkey

monkey.patch_time()  # OR


def task(index):
    sleep(0.04)  # FAULT not-patched waiting
