"""Only sockets are patched, and the program sleeps."""

# under: gevent

import time

from gevent import monkey

monkey.patch_socket()  # OR


def task(index):
    time.sleep(0.04)  # FAULT not-patched waiting
