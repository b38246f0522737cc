"""A pool of three connections that tasks borrow."""

import contextlib
import threading
import time

free = threading.Semaphore(3)


@contextlib.contextmanager
def connection():
    free.acquire()
    try:
        yield time.sleep
    finally:
        free.release()


def task(index):
    with connection() as ask:
        ask(0.01)
    return index
