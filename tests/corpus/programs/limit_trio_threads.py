"""trio's default limiter of 40 threads."""

# under: trio
# tasks: 120

import time

import trio


async def atask(index):
    await trio.to_thread.run_sync(time.sleep, 0.04)  # FAULT limit
