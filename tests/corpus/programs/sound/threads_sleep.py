"""Threads that sleep."""

# under: threads
# tasks: 20

import time


def task(index):
    time.sleep(0.05)
