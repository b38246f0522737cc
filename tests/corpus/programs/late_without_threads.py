"""`patch_all(thread=False)`, as a guide says, and an event that a thread sets."""

# under: gevent

import threading

from gevent import monkey
from planted import later

monkey.patch_all(thread=False, ssl=False, os=False, signal=False, subprocess=False)  # OR


def task(index):
    ready = threading.Event()
    later(ready.set)
    return ready.wait()  # FAULT not-patched waiting
