"""Long work in chunks of a millisecond, and the hub's turn after each."""

# under: gevent, gevent-patched
# tasks: 2

import gevent


def task(index):
    total = 0
    for start in range(0, 400_000, 10_000):
        total += sum(number * number for number in range(start, start + 10_000))
        gevent.sleep(0)
    return total
