"""The echo workload, over streams that answer as a test says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from harness.strategies.sequential import Sequential
from harness.workloads.base import Peer
from harness.workloads.echo import Echo, Echoing, message, verify

PEER = Peer(("127.0.0.1", 7))


class FakeStream:
    """Answers with what a function makes of the bytes sent, so many bytes at a time."""

    def __init__(self, answer: Callable[[bytes], bytes], piece: int) -> None:
        self._answer = answer
        self._piece = piece
        self._waiting = b""
        self.sent: list[bytes] = []
        self.closed = 0

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        self._waiting += self._answer(data)

    def receive(self, limit: int) -> bytes:
        size = min(limit, self._piece)
        given, self._waiting = self._waiting[:size], self._waiting[size:]
        return given

    def close(self) -> None:
        self.closed += 1


class FakeIo:
    def __init__(self, answer: Callable[[bytes], bytes] = bytes.upper, piece: int = 1 << 20) -> None:
        self.stream = FakeStream(answer, piece)
        self.addresses: list[tuple[str, int]] = []

    def connect(self, address: tuple[str, int], tls: Any = None) -> FakeStream:
        assert tls is None
        self.addresses.append(address)
        return self.stream


def echo(messages: int = 3, size: int = 40) -> Echoing:
    return Echo(messages=messages, size=size).bound(Sequential(), PEER)


@pytest.mark.parametrize("size", [1, 10, 25, 64, 5000])
def test_a_message_is_as_long_as_asked(size: int) -> None:
    assert len(message(3, 4, size)) == size


def test_messages_of_the_default_size_are_all_different() -> None:
    messages = {message(index, number, Echo().size) for index in range(200) for number in range(20)}
    assert len(messages) == 200 * 20


def test_the_upper_cased_message_passes() -> None:
    verify(b"task 1 says hello", b"TASK 1 SAYS HELLO")


@pytest.mark.parametrize("answer", [b"", b"TAS"])
def test_a_short_answer_is_a_connection_error(answer: bytes) -> None:
    with pytest.raises(ConnectionError, match=f"hung up after {len(answer)} of 4 bytes"):
        verify(b"task", answer)


@pytest.mark.parametrize("answer", [b"task", b"TASQ", b"TASKS"])
def test_a_wrong_answer_is_a_value_error(answer: bytes) -> None:
    with pytest.raises(ValueError, match="the echo server answered"):
        verify(b"task", answer)


@pytest.mark.parametrize("piece", [1, 7, 39, 40, 1000])
def test_an_answer_may_come_in_pieces(piece: int) -> None:
    io = FakeIo(piece=piece)
    assert echo().task(io, 5) == 5
    assert io.stream.sent == [message(5, number, 40) for number in range(3)]
    assert io.addresses == [PEER.address]
    assert io.stream.closed == 1


def test_an_answer_cut_short_is_a_connection_error_and_closes_the_connection() -> None:
    io = FakeIo(lambda sent: sent.upper()[:-1], piece=8)
    with pytest.raises(ConnectionError, match="hung up after 39 of 40 bytes"):
        echo().task(io, 0)
    assert io.stream.closed == 1


def test_an_answer_to_another_task_is_a_value_error_and_closes_the_connection() -> None:
    io = FakeIo(lambda sent: message(1, 0, 40).upper())
    with pytest.raises(ValueError, match="the echo server answered"):
        echo().task(io, 0)
    assert io.stream.closed == 1


def test_no_messages_still_connects() -> None:
    io = FakeIo()
    assert echo(messages=0).task(io, 1) == 1
    assert io.addresses == [PEER.address]
    assert io.stream.sent == []


@pytest.mark.parametrize("options", [{"messages": -1}, {"size": 0}, {"size": -1}])
def test_options_that_make_no_sense_are_value_errors(options: dict[str, int]) -> None:
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Echo(**options)
