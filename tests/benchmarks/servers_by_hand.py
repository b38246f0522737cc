"""Echo servers as people write them, with none of our code: `python servers_by_hand.py gevent|threads|asyncio`.

Each prints its port and serves until it is killed."""

from __future__ import annotations

import socket
import sys
from typing import Any

BATCH = 65536


def listener(module: Any = socket) -> Any:
    sock = module.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.bind(("127.0.0.1", 0))
    sock.listen(4096)
    print(sock.getsockname()[1], flush=True)
    return sock


def handle(connection: Any) -> None:
    with connection:
        while data := connection.recv(BATCH):
            connection.sendall(data.upper())


def serve_gevent() -> None:
    import gevent
    import gevent.socket

    server = listener(gevent.socket)
    while True:
        connection, _ = server.accept()
        gevent.spawn(handle, connection)


def serve_threads() -> None:
    import threading

    server = listener()
    while True:
        connection, _ = server.accept()
        threading.Thread(target=handle, args=(connection,)).start()


def serve_asyncio() -> None:
    import asyncio

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(BATCH):
            writer.write(data.upper())
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(talk, sock=listener())
        await server.serve_forever()

    asyncio.run(main())


if __name__ == "__main__":
    servers = {"gevent": serve_gevent, "threads": serve_threads, "asyncio": serve_asyncio}
    if len(sys.argv) != 2 or sys.argv[1] not in servers:
        print(f"servers_by_hand.py STRATEGY: one of {', '.join(servers)}", file=sys.stderr)
        sys.exit(2)
    servers[sys.argv[1]]()
