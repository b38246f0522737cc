"""A list of things fetched by a loop that awaits each."""

# under: asyncio, uvloop

import asyncio

NAMES = ["user", "orders", "prices", "stock"]


async def fetch(name):
    await asyncio.sleep(0.03)
    return f"the {name}"


async def atask(index):
    found = []
    for name in NAMES:
        found.append(await fetch(name))  # FAULT sequential-awaits  # noqa: PERF401
    return found
