"""A library calls a function of ours back, and that one blocks."""

# under: gevent, asyncio, uvloop, trio

import json
import time


def unknown(value):
    time.sleep(0.04)  # FAULT waiting
    return str(value)


def task(index):
    return json.dumps({"value": object()}, default=unknown)


async def atask(index):
    return task(index)
