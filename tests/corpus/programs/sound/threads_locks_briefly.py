"""A lock that is held for microseconds, by threads that mostly wait."""

# under: threads
# tasks: 10

import threading
import time

LOCK = threading.Lock()
COUNTS = {}


def task(index):
    for _ in range(10):
        time.sleep(0.004)
        with LOCK:
            COUNTS[index] = COUNTS.get(index, 0) + 1
