"""A script that patches itself too late for a name that it has taken already."""

from time import sleep

import gevent.monkey

gevent.monkey.patch_all()


def naps(index):
    sleep(0.02)
    return index
