"""The load generator, against servers of our own that answer well, wrongly, late or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.workloads.echo import Echo
from harness.workloads.http import Http
from harness.workloads.peers import load
from harness.workloads.peers.lines import Broken
from harness.workloads.peers.load import Clients
from harness.workloads.peers.times import of_all, unpacked
from tests.workloads.peers.answering import Handler, Server, served

TIMEOUT = {"timeout": 1.0, "limit": 20.0}


def loaded(answer: Callable[[bytes], bytes], connections: int = 5, **asked: Any) -> dict[str, Any]:
    with served(answer) as address:
        clients = Clients(Echo(side="server", size=asked.pop("size", 64)))
        opened = clients.connect(address, connections, asked.pop("ramp", 0.0), 1.0)
        assert opened["served"] == connections
        exchange = {"messages": 10, "seconds": 0.0, "rate": 0.0, "seed": 1} | TIMEOUT | asked
        try:
            said = clients.exchange(**exchange)
            return opened | said | {"latency": of_all([said["times"]])}
        finally:
            assert clients.close()["left_open"] == 0


def test_every_answer_is_counted_and_timed() -> None:
    said = loaded(bytes.upper)
    assert (said["answers"], said["unanswered"]) == (50, 0)
    assert 0 < said["latency"]["p50"] <= said["latency"]["p99"] <= said["latency"]["max"] <= said["seconds"]
    assert 0 < said["slowest"] <= said["fastest"]
    assert len(unpacked(said["times"])) == 50


def test_messages_larger_than_any_buffer() -> None:
    assert loaded(bytes.upper, connections=2, messages=2, size=10_000_000)["answers"] == 4


def test_answers_that_come_in_pieces() -> None:
    def slowly(data: bytes) -> bytes:
        time.sleep(0.001)
        return data.upper()

    assert loaded(slowly, messages=3, size=300_000)["answers"] == 15


def test_for_a_time_instead_of_a_number_of_messages() -> None:
    said = loaded(bytes.upper, seconds=0.3)
    assert 0.3 <= said["seconds"] < 1.3
    assert said["answers"] > 50


def test_a_ramp_spreads_the_connections_over_time() -> None:
    with served(bytes.upper) as address:
        clients = Clients(Echo(side="server"))
        assert 0.3 <= clients.connect(address, 5, 0.5, 1.0)["seconds"] < 2.0
        clients.close()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda data: data, "not b'TASK"),
        (lambda data: data.upper()[:-1] + b"?", "the server answered"),
        (lambda data: data.upper() + b"!", "the server answered"),
        (lambda data: b"", "the server hung up after 0 of 64 bytes"),
    ],
)
def test_a_wrong_answer_is_broken(answer: Callable[[bytes], bytes], text: str) -> None:
    with served(answer) as address:
        clients = Clients(Echo(side="server"))
        with pytest.raises(Broken, match=text):
            clients.connect(address, 1, 0.0, 1.0)
        clients.close()


def test_nobody_there_is_broken() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        clients = Clients(Echo(side="server"))
        with pytest.raises(Broken, match="Connection refused"):
            clients.connect(bound.getsockname(), 1, 0.0, 1.0)
        clients.close()


def test_connections_that_the_kernel_accepts_and_nobody_serves_are_counted() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=10) as silent:
        clients = Clients(Echo(side="server"))
        said = clients.connect(silent.getsockname(), 7, 0.0, 0.3)
        assert (said["served"], said["connections"]) == (0, 7)
        clients.close()


def test_a_server_that_falls_silent_is_not_waited_for_for_ever() -> None:
    left = [30]

    def tiring(data: bytes) -> bytes:
        left[0] -= 1
        if left[0] < 0:
            time.sleep(2)
        return data.upper()

    said = loaded(tiring, connections=3, messages=100, timeout=0.3)
    assert said["unanswered"] == 3


def test_many_connections_come_from_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.workloads.peers.load.PER_SOURCE", 2)
    seen = set()

    class Peeking(Handler):
        answer = staticmethod(bytes.upper)

        def handle(self) -> None:
            seen.add(self.client_address[0])
            super().handle()

    with Server(("127.0.0.1", 0), Peeking) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        clients = Clients(Echo(side="server"))
        assert clients.connect(server.server_address, 6, 0.0, 1.0)["served"] == 6
        clients.close()
        server.shutdown()
        serving.join()
    assert len(seen) == 4


class Stalls:
    """Answers at once, but for 200 ms of each second in which nobody is answered."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, data: bytes) -> bytes:
        into = (time.monotonic() - self._began) % 1.0
        if into < 0.2:
            time.sleep(0.2 - into)
        return data.upper()


@pytest.mark.alone
def test_an_open_loop_counts_the_wait_that_a_closed_loop_hides() -> None:
    """Arrivals are even, so a fifth of them meet a stall of 200 ms, evenly spread over it: the slowest hundredth are
    those of its first 10 ms, and p99 is 190 ms."""
    said = loaded(Stalls(), connections=20, rate=500.0, seconds=3.0)
    assert said["latency"]["p99"] == pytest.approx(0.19, rel=0.1)
    assert said["unanswered"] == 0
    closed = loaded(Stalls(), connections=20, seconds=3.0)
    assert closed["latency"]["p99"] < 0.1


def test_a_rate_beyond_the_server_is_not_made_to_look_fine() -> None:
    def slow(data: bytes) -> bytes:
        time.sleep(0.02)
        return data.upper()

    said = loaded(slow, connections=2, rate=1000.0, seconds=0.5)  # it can answer 100 a second
    assert said["answers"] + said["unanswered"] == 500
    assert said["unanswered"] > 300
    assert said["backlog_end"] > 300
    assert said["backlog_most"] > 300
    assert said["latency"]["p50"] > 0.5


@pytest.mark.alone  # what is due within a millisecond may arrive the other way round on a busy machine
def test_the_order_of_connections_is_that_of_the_seed() -> None:
    def order(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def noting(data: bytes) -> bytes:
            seen.append(data)
            return data.upper()

        loaded(noting, connections=8, rate=20.0, messages=1, seed=seed)
        return seen[8:]

    assert order(1) == order(1) != order(2)


@pytest.mark.parametrize(("connections", "of"), [(5, 2), (7, 3), (3, 3)])
def test_connections_and_arrivals_are_dealt_out_to_several_generators(connections: int, of: int) -> None:
    seen: list[bytes] = []

    def noting(data: bytes) -> bytes:
        seen.append(data)
        return data.upper()

    with served(noting) as address:
        for place in range(of):
            clients = Clients(Echo(side="server"), place, of)
            mine = len(range(place, connections, of))
            opened = clients.connect(address, connections, 0.01, 1.0)
            assert (opened["connections"], opened["served"]) == (mine, mine)
            said = clients.exchange(2, 0.0, 1000.0, 1, **TIMEOUT)
            assert (said["answers"], said["unanswered"]) == (len(range(place, 2 * connections, of)), 0)
            clients.close()
    first = {Echo(side="server").exchange(index)[0] for index in range(connections)}
    assert set(seen) == first


def test_connections_that_nothing_was_due_on_have_no_latency() -> None:
    said = loaded(bytes.upper, connections=5, rate=20.0, seconds=0.1)
    assert (said["answers"], said["unanswered"], len(unpacked(said["times"]))) == (2, 0, 2)


def test_a_generator_without_arrivals_has_nothing_to_say() -> None:
    with served(bytes.upper) as address:
        clients = Clients(Echo(side="server"), 1, 2)
        clients.connect(address, 2, 0.0, 1.0)
        said = clients.exchange(0, 1.0, 1.0, 1, **TIMEOUT)  # the one arrival is the first generator's
        clients.close()
    assert (said["answers"], said["unanswered"], unpacked(said["times"])) == (0, 0, [])
    assert said["slowest"] == said["fastest"] == 0.0


@pytest.mark.parametrize(("moment", "slept", "began"), [(12.5, 2.5, 12.5), (9.0, 0.0, 10.0), (0.0, 0.0, 10.0)])
def test_a_moment_is_waited_for_if_it_is_to_come(
    moment: float, slept: float, began: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(load, "now", lambda: 10.0)
    monkeypatch.setattr("harness.workloads.peers.load.time.sleep", waited.append)
    assert (load.reached(moment), waited) == (began, [slept])


def test_http_says_what_the_page_must_be() -> None:
    request, answer = Http(side="server", size=10, status=404, latency=0.0).exchange(0)
    assert request.startswith(b"GET /404/10/0.0 HTTP/1.1\r\n")
    assert answer.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert answer.endswith(b"\r\n\r\n" + bytes(range(10)))
