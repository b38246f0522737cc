"""A process, started and awaited by the loop."""

# under: asyncio
# tasks: 2

import asyncio


async def atask(index):
    process = await asyncio.create_subprocess_exec("sleep", "0.05")
    return await process.wait()
