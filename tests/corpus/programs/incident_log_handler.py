"""A handler of logging that writes to a peer that reads slowly (klynch/python-logstash-handler#3)."""

# under: asyncio, uvloop, trio, gevent, gevent-patched

import logging
import os

from planted import full_pipe, later


def service():
    read, write = full_pipe()
    log = logging.Logger("service")
    log.addHandler(logging.StreamHandler(os.fdopen(write, "w")))
    return read, log


def task(index):
    read, log = service()
    later(os.read, read, 65536)
    log.error("order %d failed", index)  # FAULT waiting


async def atask(index):
    return task(index)
