"""A call of C that waits and lets go of the interpreter lock: in threads it holds nobody up."""

# under: threads
# tasks: 8

import ctypes
import hashlib

libc = ctypes.CDLL(None)


def task(index):
    value = hashlib.sha256(b"x" * 1_000_000).hexdigest()
    libc.usleep(60_000)
    return value
