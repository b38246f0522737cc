"""A handler that turns its whole answer into JSON at once (irrdnet/irrd#690: two gigabytes of it)."""

# under: asyncio, uvloop, trio, gevent, gevent-patched, threads

import json

ROUTES = [{"prefix": f"192.0.2.{i % 250}/32", "origin": i, "path": [1, 2, 3]} for i in range(120_000)]


def render(routes):
    return json.dumps({"routes": routes})  # FAULT computing


def task(index):
    return len(render(ROUTES))


async def atask(index):
    return len(render(ROUTES))
