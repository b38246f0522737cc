"""The echo peer: a real process, real bytes."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from harness.strategies.base import Address
from harness.workloads.checks.peers import serving

PATIENCE = 20.0


def connected(address: Address) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE)


def received(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size and (part := connection.recv(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def echo() -> Iterator[Address]:
    with serving("harness.workloads.peers.echo", {}) as peer:
        assert peer.authority is None
        yield peer.address


def test_echo_answers_in_upper_case(echo: Address) -> None:
    with connected(echo) as connection:
        for sent in (b"hello", b"Hello Again", bytes(range(256))):
            connection.sendall(sent)
            assert received(connection, len(sent)) == sent.upper()


def test_echo_answers_one_byte_at_a_time(echo: Address) -> None:
    with connected(echo) as connection:
        for letter in b"one byte at a time":
            connection.sendall(bytes([letter]))
            assert connection.recv(100) == bytes([letter]).upper()


def test_echo_waits_for_a_slow_reader_of_10_mb_and_serves_the_others_meanwhile(echo: Address) -> None:
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


def test_echo_answers_all_that_came_before_a_client_finished(echo: Address) -> None:
    sent = b"half closed " * 20_000
    with connected(echo) as connection:
        sender = threading.Thread(target=lambda: (connection.sendall(sent), connection.shutdown(socket.SHUT_WR)))
        sender.start()
        assert received(connection, len(sent)) == sent.upper()
        assert connection.recv(1) == b""
        sender.join(PATIENCE)


@pytest.mark.parametrize("pending", [b"", b"x" * 100, b"x" * 3_000_000])
def test_echo_outlives_a_client_that_resets_its_connection(echo: Address, pending: bytes) -> None:
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


def test_echo_serves_many_at_once(echo: Address) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(echo)) for _ in range(200)]
        for index, connection in enumerate(connections):
            connection.sendall(f"client {index}".encode())
        for index, connection in reversed(list(enumerate(connections))):
            expected = f"CLIENT {index}".encode()
            assert received(connection, len(expected)) == expected
