"""A property of an object reads a file that is not there yet."""

# under: gevent, gevent-patched, asyncio, uvloop, trio

import os

from planted import later


class Settings:
    @property
    def text(self):
        read, write = os.pipe()
        later(os.close, write)
        with os.fdopen(read) as file:
            return file.read()  # FAULT waiting


def task(index):
    return Settings().text


async def atask(index):
    return Settings().text
