"""Tasks that no more than so many of get through at once, here or at the other end: KNEE says how many, PORT where,
and SECONDS for how long each."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable

MOST = int(os.environ.get("KNEE", "1"))
SECONDS = float(os.environ.get("SECONDS", "0.01"))
_slots = threading.Semaphore(MOST)


def pooled(index: int) -> None:
    """Take one of so many slots, and wait."""
    with _slots:
        time.sleep(SECONDS)


def asked(index: int) -> bytes:
    """Have the other end answer, which admits so many at once."""
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as one:
        one.sendall(b"x")
        return one.recv(1)


async def admit(ready: Callable[[int], None]) -> None:
    """Be that end, until the process is killed."""
    slots = asyncio.Semaphore(MOST)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        async with slots:
            await asyncio.sleep(SECONDS)
        writer.write(b"x")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    ready(server.sockets[0].getsockname()[1])
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(admit(lambda port: print(port, flush=True)))
