"""A context manager that waits when it is left."""

# under: gevent, asyncio, uvloop, trio

import contextlib
import time


@contextlib.contextmanager
def rate_limited():
    yield
    time.sleep(0.04)  # FAULT waiting


def task(index):
    with rate_limited():
        return index


async def atask(index):
    with rate_limited():
        return index
