"""The 40 threads of anyio, which is what a `def` endpoint of a framework runs in (Kludex/starlette#1724)."""

# under: asyncio, uvloop, trio
# tasks: 120

import time

import anyio.to_thread


async def atask(index):
    await anyio.to_thread.run_sync(time.sleep, 0.04)  # FAULT limit
