"""A greenlet fails, and whoever spawned it asks."""

# under: gevent, gevent-patched

import gevent


def fails():
    gevent.sleep(0.01)
    raise ValueError("no such row")


def task(index):
    job = gevent.spawn(fails)
    try:
        return job.get()
    except ValueError:
        return 0
