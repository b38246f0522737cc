"""A cache of results that is cleared by each batch."""

import functools
import time


def task(index):
    @functools.lru_cache(maxsize=8)
    def priced(item):
        time.sleep(0.003)
        return item * 7

    return sum(priced(item % 4) for item in range(40))
