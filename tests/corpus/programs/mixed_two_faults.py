"""Two faults of two kinds in one task, each with its own line and cost."""

# under: gevent, gevent-patched, asyncio, uvloop, trio

import hashlib
import os

from planted import later


def task(index):
    read, write = os.pipe()
    later(os.write, write, b"x")
    os.read(read, 1)  # FAULT waiting
    return hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 330_000)  # FAULT computing


async def atask(index):
    return task(index)
