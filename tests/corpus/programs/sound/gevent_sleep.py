"""Greenlets that wait by the hub."""

# under: gevent, gevent-patched
# tasks: 50

import gevent


def task(index):
    gevent.sleep(0.05)
