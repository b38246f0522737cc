"""An HTTP server whose answer the URL chooses: /STATUS/SIZE/LATENCY, served by granian."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trustme
from granian.constants import Interfaces
from granian.server.embed import Server

from harness.workloads.peers import BACKLOG
from harness.workloads.peers.http_body import body, page

Ready = Callable[[tuple[str, int], str | None], None]


async def answer(scope: Any, proto: Any) -> None:
    """An RSGI application: the page that the path asks for, after the seconds that it asks for."""
    try:
        code, length, wait = page(scope.path)
    except ValueError:
        proto.response_str(400, [], "the path must be /STATUS/SIZE/LATENCY: 200 to 599, bytes, seconds\n")
        return
    if wait:
        await asyncio.sleep(wait)
    proto.response_bytes(code, [("content-type", "application/octet-stream")], body(length))


def certificates(folder: Path) -> tuple[Path, Path, str]:
    """Write a server's certificate and key and the authority that signed them; return the three paths."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    chain, key, signer = folder / "server.pem", folder / "server.key", folder / "authority.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(signer))
    return chain, key, str(signer)


async def listening(port: int) -> None:
    """Return once the port accepts connections."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.005)
        else:
            writer.close()
            return


def serve(options: dict[str, Any], folder: Path, ready: Ready) -> None:
    """Serve on a free loopback port until the process is killed; `ready` is told the address, and the authority (a
    PEM file in the folder) that vouches for its TLS, where the options want any."""
    asyncio.run(_serve(options, folder, ready))


async def _serve(options: dict[str, Any], folder: Path, ready: Ready) -> None:
    chain = key = authority = None
    if options["tls"]:
        chain, key, authority = certificates(folder)
    # granian cannot tell which port it got: reserve one, in the way that lets it bind the same.
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("127.0.0.1", 0))
    port = reserved.getsockname()[1]
    server = Server(
        answer,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.RSGI,
        backlog=BACKLOG,
        websockets=False,
        log_enabled=False,
        ssl_cert=chain,
        ssl_key=key,
    )
    serving = asyncio.create_task(server.serve())
    accepts = asyncio.create_task(listening(port))
    await asyncio.wait((serving, accepts), return_when=asyncio.FIRST_COMPLETED)
    if not serving.done():
        ready(("127.0.0.1", port), authority)
    await serving
