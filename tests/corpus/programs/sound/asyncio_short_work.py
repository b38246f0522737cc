"""Work for the processor below any threshold: a small answer is parsed and rendered."""

# under: asyncio, uvloop
# tasks: 10

import asyncio
import json


async def atask(index):
    await asyncio.sleep(0.02)
    return json.dumps(json.loads('{"numbers": [1, 2, 3, 4, 5]}'))
