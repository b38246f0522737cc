"""Takes a job from a queue, does it, and puts it back."""

import queue
import time

jobs = queue.Queue()
for number in range(100):
    jobs.put(number)


def task(index):
    job = jobs.get()
    time.sleep(0.01)
    jobs.put(job)
    jobs.task_done()
    return index
