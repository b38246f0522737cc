"""A client's pool that looks at every connection for every request (encode/httpx#3215)."""

# under: asyncio, uvloop, trio, gevent, gevent-patched

REQUESTS = [{"state": i % 7, "number": i} for i in range(1600)]


def assign(requests):
    done = 0
    for request in requests:
        done += len([other for other in requests if other["state"] == request["state"]])  # FAULT computing
    return done


def task(index):
    # CLOCK ON
    found = assign(REQUESTS)
    # CLOCK OFF
    return found


async def atask(index):
    return task(index)
