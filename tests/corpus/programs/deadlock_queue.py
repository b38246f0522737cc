"""All tasks wait at a queue into which nobody puts."""

# under: gevent-patched, threads

import queue

JOBS = queue.Queue()


def task(index):
    return JOBS.get()  # FAULT deadlock
