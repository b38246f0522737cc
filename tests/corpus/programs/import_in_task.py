"""The first task imports a library, and its import takes a while."""

# under: gevent, gevent-patched, asyncio, uvloop, trio


def task(index):
    import slow_import  # FAULT waiting

    return slow_import.__name__


async def atask(index):
    return task(index)
