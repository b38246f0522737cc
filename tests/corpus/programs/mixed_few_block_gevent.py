"""The same under a patched gevent, where the wrong call is one of C."""

# under: gevent-patched
# tasks: 20

import ctypes
import time


def task(index):
    if index % 10 == 0:
        ctypes.CDLL(None).usleep(60_000)  # FAULT waiting
    for _ in range(10):
        time.sleep(0.005)
