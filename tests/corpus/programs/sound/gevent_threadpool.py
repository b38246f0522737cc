"""Calls that block in gevent's thread pool, fewer than it has threads."""

# under: gevent
# tasks: 5

import time

import gevent


def task(index):
    gevent.get_hub().threadpool.apply(time.sleep, (0.05,))
