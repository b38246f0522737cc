"""Two thousand greenlets, each of which wakes up some times."""

# under: gevent
# tasks: 2000

import gevent


def task(index):
    for _ in range(3):
        gevent.sleep(0.001 * (index % 50))
