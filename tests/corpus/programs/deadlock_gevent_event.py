"""All greenlets wait for an event that nobody sets: LoopExit."""

# under: gevent

from gevent.event import Event

READY = Event()


def task(index):
    READY.wait()  # FAULT deadlock
