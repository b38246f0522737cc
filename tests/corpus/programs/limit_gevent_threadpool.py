"""gevent's pool of ten threads, given thirty calls at once (gevent/gevent#1904)."""

# under: gevent
# tasks: 30

import time

import gevent


def task(index):
    return gevent.get_hub().threadpool.apply(time.sleep, (0.04,))  # FAULT limit
