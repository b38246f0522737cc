"""A pool of threads in each task."""

import time
from concurrent.futures import ThreadPoolExecutor


def part(number):
    time.sleep(0.008)
    return number


def task(index):
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(part, range(8)))
