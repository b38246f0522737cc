"""State of each thread."""

import threading
import time

state = threading.local()


def task(index):
    state.seen = []
    for number in range(5):
        state.seen.append(number)
        time.sleep(0)
    time.sleep(0.01)
    return index
