"""Failures that somebody looks at: awaited, gathered and counted, timed out, cancelled."""

# under: asyncio, uvloop

import asyncio


async def fails():
    await asyncio.sleep(0.01)
    raise ValueError("no such row")


async def atask(index):
    found = await asyncio.gather(fails(), fails(), return_exceptions=True)
    failed = sum(isinstance(one, ValueError) for one in found)
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.02)
    except TimeoutError:
        failed += 1
    job = asyncio.create_task(asyncio.sleep(5))
    await asyncio.sleep(0)
    job.cancel()
    try:
        await job
    except asyncio.CancelledError:
        failed += 1
    return failed
