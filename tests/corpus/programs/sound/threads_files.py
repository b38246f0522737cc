"""Threads that wait for files, processes and each other: what they are for."""

# under: threads
# tasks: 4

import os
import queue
import subprocess
import threading

from planted import later


def task(index):
    read, write = os.pipe()
    later(os.write, write, b"x")
    os.read(read, 1)
    subprocess.run(["sleep", "0.04"], check=True)
    jobs, ready = queue.Queue(), threading.Event()
    later(jobs.put, index)
    later(ready.set)
    ready.wait()
    return jobs.get()
