"""Things fetched one by one under trio, where a nursery would do."""

# under: trio

import trio


async def fetch(name):
    await trio.sleep(0.03)
    return f"the {name}"


async def atask(index):
    found = []
    for name in ["user", "orders", "prices", "stock"]:
        found.append(await fetch(name))  # FAULT sequential-awaits  # noqa: PERF401
    return found
