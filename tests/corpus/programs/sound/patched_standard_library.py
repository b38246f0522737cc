"""What patching cures: sleep, locks, queues, events, threads, select."""

# under: gevent-patched
# tasks: 5

import queue
import select
import socket
import threading
import time


def task(index):
    time.sleep(0.02)
    jobs, ready = queue.Queue(), threading.Event()
    thread = threading.Thread(target=lambda: (time.sleep(0.02), jobs.put(index), ready.set()))
    thread.start()
    ready.wait()
    thread.join()
    mine, _other = socket.socketpair()
    select.select([mine], [], [], 0.02)
    return jobs.get()
