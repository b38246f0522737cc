"""A threading.Semaphore of three."""

# under: threads, gevent-patched
# tasks: 12

import threading
import time

LIMIT = threading.Semaphore(3)  # OR


def task(index):
    with LIMIT:  # FAULT limit
        time.sleep(0.04)
