"""Each task has a producer of its own, and consumes what it makes."""

import queue
import threading
import time


def produce(items):
    for number in range(3):
        time.sleep(0.004)
        items.put(number)
    items.put(None)


def task(index):
    items = queue.Queue(1)
    producer = threading.Thread(target=produce, args=(items,))
    producer.start()
    total = sum(iter(items.get, None))
    producer.join()
    return total
