"""An executor with room for all, whose futures are looked at."""

# under: threads
# tasks: 6

import time
from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(12)


def task(index):
    jobs = [POOL.submit(time.sleep, 0.04) for _ in range(2)]
    return [job.result() for job in jobs]
