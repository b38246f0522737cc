"""A driver in C that keeps the interpreter lock while it waits: the loop stands still, though a thread waits for it."""

# under: asyncio, uvloop
# tasks: 4

import asyncio
import ctypes

libc = ctypes.PyDLL(None)


def query():
    # CLOCK ON
    libc.usleep(60_000)  # FAULT blocked-loop keeping
    # CLOCK OFF
    return 1


async def atask(index):
    return await asyncio.to_thread(query)
