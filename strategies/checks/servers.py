"""The servers that tasks connect to while promises are checked, on loopback: plain, with TLS, and one that is none."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator

from harness.strategies.checks.subject import Servers


class EchoHandler(socketserver.BaseRequestHandler):
    """Answers what it is sent; hangs up after `bye`, and rudely after `reset`."""

    tls: ssl.SSLContext | None = None

    def handle(self) -> None:
        connection: socket.socket = self.request
        with contextlib.suppress(OSError):
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                while data := connection.recv(65536):
                    if data == b"reset":
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        return
                    connection.sendall(data)
                    if data.endswith(b"bye"):
                        return


@contextlib.contextmanager
def served(handler: type[EchoHandler]) -> Iterator[int]:
    """The port of such a server."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()


@contextlib.contextmanager
def every() -> Iterator[Servers]:
    """All of them."""
    with contextlib.ExitStack() as stack:
        authority = os.path.join(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-")), "authority.pem")
        secret = secured(authority)
        closed = stack.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        yield Servers(
            plain=stack.enter_context(served(EchoHandler)),
            closed=closed.getsockname()[1],
            tls=stack.enter_context(served(secret)) if secret else None,
            authority=authority,
        )


def secured(authority: str) -> type[EchoHandler] | None:
    """What answers with TLS, and the file that vouches for it; None without trustme."""
    try:
        import trustme
    except ModuleNotFoundError:
        return None
    signer = trustme.CA()
    signer.cert_pem.write_to_path(authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signer.issue_cert("127.0.0.1").configure_cert(context)
    return type("SecretEcho", (EchoHandler,), {"tls": context})
