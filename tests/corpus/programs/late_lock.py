"""Patched too late: a lock that was made before is the operating system's, and holds up the hub."""

# under: gevent

import threading

from gevent import monkey
from planted import held

LOCKS = [threading.Lock() for _ in range(60)]  # OR
monkey.patch_thread()  # OR


def task(index):
    lock = held(LOCKS.pop())  # OR
    lock.acquire()  # FAULT not-patched waiting
