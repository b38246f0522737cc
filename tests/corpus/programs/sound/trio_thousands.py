"""Two thousand tasks, each of which wakes up some times."""

# under: trio
# tasks: 2000

import trio


async def atask(index):
    for _ in range(3):
        await trio.sleep(0.001 * (index % 50))
