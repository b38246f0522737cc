"""Patched too late: a function's default holds the old sleep."""

# under: gevent

import time

from gevent import monkey


def retried(function, wait=time.sleep):  # OR
    wait(0.04)  # FAULT not-patched waiting
    return function()


monkey.patch_time()  # OR


def task(index):
    return retried(lambda: index)
