"""Every built-in strategy keeps every promise of strategies/base.py: see contract.py."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import trustme

from harness.strategies import BUILT_IN
from tests.builders import LIBRARY

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("contract.py")
KNOWN = {
    "cleaning_up_may_wait": ({"greenlet", "generator"}, "throw and close resume a task once only"),
    "the_end_stays_the_end_over_tls": ({"trio"}, "trio's BrokenResourceError is no OSError"),
    "a_reset_connection_is_an_os_error": ({"trio"}, "trio's BrokenResourceError is no OSError"),
}
"""Promises not kept yet: by whom, and why. One that comes to be kept fails here (xfail_strict)."""
SPECIFICATION = importlib.util.spec_from_file_location("contract", PROGRAM)
assert SPECIFICATION is not None
assert SPECIFICATION.loader is not None
CONTRACT = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(CONTRACT)


class Echo(socketserver.BaseRequestHandler):
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
def served(handler: type[Echo]) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("contract") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    secret = type("TlsEcho", (Echo,), {"tls": context})
    with served(Echo) as plain, served(secret) as tls, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        port = closed.getsockname()[1]
        yield json.dumps({"plain": plain, "tls": tls, "closed": port, "authority": str(path)})


@cache
def outcomes(name: str, servers: str) -> tuple[dict[str, str | None], str, int]:
    """What each check said of the strategy, standard error, and the exit code; one process for all checks."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), name, servers],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return dict(json.loads(line) for line in done.stdout.splitlines()), done.stderr, done.returncode


def promises() -> Iterator[object]:
    for name in BUILT_IN:
        for check in CONTRACT.CHECKS:
            broken, reason = KNOWN.get(check, ((), ""))
            marks = [pytest.mark.xfail(reason=reason)] if name in broken else []
            yield pytest.param(name, check, marks=marks, id=f"{name}-{check}")


@pytest.mark.parametrize(("name", "check"), list(promises()))
def test_promise(name: str, check: str, servers: str) -> None:
    library = LIBRARY.get(name)
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    said, stderr, _ = outcomes(name, servers)
    assert check in said, f"the process ended before it said anything of this check:\n{stderr}"
    assert said[check] is None, f"{said[check]}\n{stderr}"
