"""Events, queues and locks of gevent's own."""

# under: gevent, gevent-patched
# tasks: 6

import gevent
from gevent.event import AsyncResult
from gevent.lock import RLock
from gevent.queue import Queue

LOCK = RLock()


def task(index):
    result, jobs = AsyncResult(), Queue()
    gevent.spawn_later(0.03, result.set, index)
    gevent.spawn_later(0.02, jobs.put, index)
    with LOCK:
        total = index
    return total + result.get() + jobs.get()
