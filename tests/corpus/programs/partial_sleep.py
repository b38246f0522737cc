"""A function with its argument, shorter than what is looked at, of which CPython 3.11 tells nothing."""

# under: asyncio, uvloop
# tasks: 20

import asyncio
import functools
import time

nap = functools.partial(time.sleep, 0.012)


async def atask(index):
    # CLOCK ON
    nap()  # FAULT waiting
    await then()
    return index


async def then():
    # CLOCK OFF
    await asyncio.sleep(0.01)
