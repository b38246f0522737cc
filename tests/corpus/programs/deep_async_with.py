"""An `__aenter__` and an `async for` whose steps block."""

# under: asyncio, uvloop, trio

import time


class Rows:
    async def __aenter__(self):
        time.sleep(0.03)  # FAULT waiting
        return self

    async def __aexit__(self, *raised):
        return None

    async def __aiter__(self):
        for row in range(2):
            time.sleep(0.02)  # FAULT waiting
            yield row


async def atask(index):
    async with Rows() as rows:
        return [row async for row in rows]
