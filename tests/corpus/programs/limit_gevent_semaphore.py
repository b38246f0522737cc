"""gevent's BoundedSemaphore of three."""

# under: gevent
# tasks: 12

import gevent
from gevent.lock import BoundedSemaphore

LIMIT = BoundedSemaphore(3)  # OR


def task(index):
    with LIMIT:  # FAULT limit
        gevent.sleep(0.04)
