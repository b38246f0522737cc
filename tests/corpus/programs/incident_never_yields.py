"""Workers of gevent whose work has no call that switches (dimagi/commcare-hq#7706)."""

# under: gevent, gevent-patched


def price(order):
    total = 0
    for line in range(order, order + 2_000_000):  # OR
        total += line * 3 % 7  # FAULT computing
    return total


def task(index):
    # CLOCK ON
    total = price(index)
    # CLOCK OFF
    return total
