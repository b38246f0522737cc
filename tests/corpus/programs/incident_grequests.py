"""Functions bound before the patch that was to change them: it changes nothing for them (spyoungtech/grequests#142)."""

# under: gevent

import functools
import time

import gevent
from gevent import monkey

nap = functools.partial(time.sleep, 0.04)  # OR
monkey.patch_time()  # OR


def request(index):
    nap()  # FAULT not-patched waiting
    return index


def task(index):
    return gevent.spawn(request, index).get()
