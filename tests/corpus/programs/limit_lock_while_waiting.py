"""A lock that is held across a call that waits: tasks go one by one."""

# under: threads, gevent-patched
# tasks: 6

import threading
import time

LOCK = threading.Lock()  # OR
SEEN = {}


def task(index):
    with LOCK:  # FAULT limit
        if index not in SEEN:
            time.sleep(0.02)
            SEEN[index] = index
    return SEEN[index]
