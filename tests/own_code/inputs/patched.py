"""A script as it is: it patches itself at the top, and runs at the bottom."""

from gevent import monkey

monkey.patch_all()

import gevent  # noqa: E402
from gevent.pool import Pool  # noqa: E402


def batch(index):
    pool = Pool(5)
    return [greenlet.value for greenlet in [pool.spawn(gevent.sleep, 0.01) for _ in range(10)] if not greenlet.join()]


print(batch(0))
