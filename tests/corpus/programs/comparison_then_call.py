"""Two long lists are compared, by no call at all, and then the hub gets its turn."""

# under: gevent, gevent-patched

import gevent

LEFT, RIGHT = ([f"{number}" for number in range(400_000)] * 20 for _ in range(2))


def task(index):
    # CLOCK ON
    same = LEFT == RIGHT  # FAULT computing
    nap()
    return same


def nap():
    # CLOCK OFF
    gevent.sleep(0.01)
