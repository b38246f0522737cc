"""A ThreadPoolExecutor of four that all tasks share."""

# under: threads
# tasks: 12

import time
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(4)  # OR


def task(index):
    job = POOL.submit(time.sleep, 0.04)
    return job.result()  # FAULT limit
