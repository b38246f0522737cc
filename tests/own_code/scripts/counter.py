"""A counter that a lock protects."""

import threading
import time

lock = threading.Lock()
counts = {}


def task(index):
    for _ in range(2):
        with lock:
            counts[index] = counts.get(index, 0) + 1
            time.sleep(0.001)
        time.sleep(0.01)
    return index
