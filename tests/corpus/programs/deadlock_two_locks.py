"""Two locks, taken in opposite orders."""

# under: threads, gevent-patched
# tasks: 2

import threading
import time

FIRST, SECOND = threading.Lock(), threading.Lock()


def task(index):
    one, other = (FIRST, SECOND) if index == 0 else (SECOND, FIRST)
    with one:
        time.sleep(0.05)
        with other:  # FAULT deadlock
            return index
