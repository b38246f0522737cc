"""Long work in chunks of a millisecond, and a checkpoint after each."""

# under: trio
# tasks: 2

import trio


async def atask(index):
    total = 0
    for start in range(0, 400_000, 10_000):
        total += sum(number * number for number in range(start, start + 10_000))
        await trio.lowlevel.checkpoint()
    return total
