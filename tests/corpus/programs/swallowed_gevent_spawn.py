"""A greenlet is spawned and left: what it raises is printed and lost (dimagi/commcare-hq#25411)."""

# under: gevent, gevent-patched

import gevent


def refresh(index):
    gevent.sleep(0.01)
    raise ConnectionError(f"cache {index} is gone")  # OR


def task(index):
    gevent.spawn(refresh, index)  # FAULT swallowed-exception
    gevent.sleep(0.03)
    return index
