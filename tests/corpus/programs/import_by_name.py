"""A plug-in is imported by its name when it is first asked for."""

# under: gevent, gevent-patched, asyncio, uvloop, trio

import importlib


def task(index):
    return importlib.import_module("slow_import").__name__  # FAULT waiting


async def atask(index):
    return task(index)
