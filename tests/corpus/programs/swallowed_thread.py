"""A thread fails: its traceback is printed, its caller goes on."""

# under: threads

import threading


def refresh(index):
    raise ConnectionError(f"cache {index} is gone")  # OR


def task(index):
    thread = threading.Thread(target=refresh, args=(index,))
    thread.start()  # FAULT swallowed-exception
    thread.join()
    return index
