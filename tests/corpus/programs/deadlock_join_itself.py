"""A job waits for the result of another that its own pool of one would have to run."""

# under: threads
# tasks: 1

from concurrent.futures import ThreadPoolExecutor

POOL = ThreadPoolExecutor(1)


def inner():
    return 7


def outer():
    return POOL.submit(inner).result()  # FAULT deadlock


def task(index):
    return POOL.submit(outer).result()  # OR
