"""The peers as the harness starts them: real processes, real bytes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from harness.process.peers import RunningPeer
from harness.worker.messages import PeerReady
from harness.workloads.peers.http_body import body

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


@contextlib.contextmanager
def started(module: str, options: dict[str, Any]) -> Iterator[PeerReady]:
    """A peer, and what it said when it was ready."""
    peer = RunningPeer(module, options, ())
    try:
        yield peer.where
        assert not peer.has_ended(), "the peer ended by itself"
    finally:
        peer.stop()


def connected(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(tuple(address), timeout=PATIENCE)


def received(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size and (part := connection.recv(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[str, int]]:
    with started("harness.workloads.peers.echo", {}) as announced:
        assert announced.authority is None
        yield (announced.address[0], announced.address[1])


def test_echo_answers_in_upper_case(echo: tuple[str, int]) -> None:
    with connected(echo) as connection:
        for sent in (b"hello", b"Hello Again", bytes(range(256))):
            connection.sendall(sent)
            assert received(connection, len(sent)) == sent.upper()


def test_echo_answers_one_byte_at_a_time(echo: tuple[str, int]) -> None:
    with connected(echo) as connection:
        for letter in b"one byte at a time":
            connection.sendall(bytes([letter]))
            assert connection.recv(100) == bytes([letter]).upper()


def test_echo_waits_for_a_slow_reader_of_10_mb_and_serves_the_others_meanwhile(echo: tuple[str, int]) -> None:
    sent = bytes(range(250)) * 40_000
    with connected(echo) as slow, connected(echo) as other:
        sender = threading.Thread(target=slow.sendall, args=(sent,))
        sender.start()
        time.sleep(0.2)  # nobody reads: the buffers on the way fill up
        other.sendall(b"served")
        assert received(other, 6) == b"SERVED"
        assert received(slow, len(sent)) == sent.upper()
        sender.join(PATIENCE)
        assert not sender.is_alive()
        slow.sendall(b"and again")
        assert received(slow, 9) == b"AND AGAIN"


def test_echo_answers_all_that_came_before_a_client_finished(echo: tuple[str, int]) -> None:
    sent = b"half closed " * 20_000
    with connected(echo) as connection:
        sender = threading.Thread(target=lambda: (connection.sendall(sent), connection.shutdown(socket.SHUT_WR)))
        sender.start()
        assert received(connection, len(sent)) == sent.upper()
        assert connection.recv(1) == b""
        sender.join(PATIENCE)


@pytest.mark.parametrize("pending", [b"", b"x" * 100, b"x" * 3_000_000])
def test_echo_outlives_a_client_that_resets_its_connection(echo: tuple[str, int], pending: bytes) -> None:
    with connected(echo) as other:
        rude = connected(echo)
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        rude.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while pending:
                pending = pending[rude.send(pending) :]
        rude.close()
        other.sendall(b"still there")
        assert received(other, 11) == b"STILL THERE"
    with connected(echo) as new:
        new.sendall(b"for new ones too")
        assert received(new, 16) == b"FOR NEW ONES TOO"


def test_echo_serves_many_at_once(echo: tuple[str, int]) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(echo)) for _ in range(200)]
        for index, connection in enumerate(connections):
            connection.sendall(f"client {index}".encode())
        for index, connection in reversed(list(enumerate(connections))):
            expected = f"CLIENT {index}".encode()
            assert received(connection, len(expected)) == expected


@pytest.fixture(scope="module", params=[False, True], ids=["http", "https"])
def http(request: pytest.FixtureRequest) -> Iterator[PeerReady]:
    with started("harness.workloads.peers.http", {"tls": request.param}) as announced:
        assert (announced.authority is not None) == request.param
        yield announced


def get(http: PeerReady, path: str) -> tuple[int, bytes]:
    host, port = http.address
    if http.authority:
        trusting = ssl.create_default_context(cafile=http.authority)
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=PATIENCE, context=trusting)
    else:
        connection = HTTPConnection(host, port, timeout=PATIENCE)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        return response.status, response.read()


@pytest.mark.parametrize("status", [200, 301, 404, 418, 500, 599])
def test_http_answers_the_status_of_the_url(http: PeerReady, status: int) -> None:
    assert get(http, f"/{status}/10/0") == (status, body(10))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1024, 3_000_000])
def test_http_answers_the_size_of_the_url(http: PeerReady, size: int) -> None:
    status, page = get(http, f"/200/{size}/0")
    assert (status, len(page)) == (200, size)
    assert page == body(size)


def test_http_waits_for_the_latency_of_the_url(http: PeerReady) -> None:
    begun = time.monotonic()
    assert get(http, "/200/1/0.2") == (200, body(1))
    assert time.monotonic() - begun >= 0.19


@pytest.mark.parametrize(
    "path", ["/", "/200", "/200/10", "/200/10/0/0", "/a/10/0", "/200/b/0", "/200/10/c", "/200//0", "/200/1.5/0"]
)
def test_http_answers_400_to_nonsense(http: PeerReady, path: str) -> None:
    status, page = get(http, path)
    assert status == 400
    assert b"/STATUS/SIZE/LATENCY" in page


@pytest.mark.parametrize("path", ["/99999/1/0", "/-1/1/0", "/200/-5/0", "/200/1/-1", "/200/1/nan"])
def test_http_answers_400_to_numbers_out_of_range(http: PeerReady, path: str) -> None:
    assert get(http, path)[0] == 400


@pytest.mark.parametrize("status", [99, 1000])
def test_http_outlives_a_status_that_is_none(tmp_path: Path, status: int) -> None:
    with started("harness.workloads.peers.http", {"tls": False}) as announced:
        with contextlib.suppress(OSError):
            get(announced, f"/{status}/1/0")
        assert get(announced, "/200/3/0") == (200, body(3))
