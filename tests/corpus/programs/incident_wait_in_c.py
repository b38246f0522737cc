"""A driver whose wait moved to C: psycopg 3.1.5 to 3.1.13 polled there, past gevent's patches (psycopg/psycopg#527)."""

# under: gevent, gevent-patched, asyncio, uvloop, trio

import ctypes
import os

from planted import later

LIBC = ctypes.CDLL(None)


class PollFd(ctypes.Structure):
    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]


def wait(descriptor):
    waiting = PollFd(descriptor, 1, 0)
    LIBC.poll(ctypes.byref(waiting), 1, 1000)  # FAULT waiting


def task(index):
    read, write = os.pipe()
    later(os.write, write, b"x")
    wait(read)
    return os.read(read, 1)


async def atask(index):
    return task(index)
