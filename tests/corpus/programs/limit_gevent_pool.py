"""A gevent.pool.Pool of three, in which every task spawns its work."""

# under: gevent
# tasks: 12

import gevent
from gevent.pool import Pool

POOL = Pool(3)  # OR


def task(index):
    job = POOL.spawn(gevent.sleep, 0.04)  # FAULT limit
    job.get()
