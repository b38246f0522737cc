"""Several load generators against one server: what they say together is what one would have said. Real processes."""

from __future__ import annotations

import itertools
import math
import signal
from collections.abc import Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.process import generators as module
from harness.process.channel import PeerEnded
from harness.process.generators import Generators, Loaders, here, together
from harness.worker.messages import Answer, Asked, BeGenerator, Connect, Exchange, Exchanged
from harness.workloads.latency import SHARES
from harness.workloads.peers.times import packed, unpacked
from tests.workloads.peers.answering import served

T = TypeVar("T", bound=Answer)

ECHO = BeGenerator("harness.workloads.echo:Echo", {"side": "server"})
CONNECTIONS = 7


def exchange(**asked: Any) -> Exchange:
    return Exchange(**({"messages": 30, "seconds": 0.0, "rate": 0.0, "seed": 1, "timeout": 5.0, "limit": 30.0} | asked))


@pytest.fixture
def two() -> Iterator[Generators]:
    with served(bytes.upper) as address:
        found = here(ECHO, [], 2)
        try:
            assert found.connect(Connect(address, CONNECTIONS, 0.0, 5.0), 30.0).served == CONNECTIONS
            yield found
        finally:
            found.stop()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Exchanged]:
    """What each generator said of the last exchange."""
    heard: list[Exchanged] = []

    def hearing(each: list[Exchanged]) -> module.Seen:
        heard[:] = each
        return together(each)

    monkeypatch.setattr(module, "together", hearing)
    return heard


def test_percentiles_of_two_are_those_of_one_list(two: Generators, said: list[Exchanged]) -> None:
    seen = two.exchange(exchange())
    assert [one.answers for one in said] == [4 * 30, 3 * 30]
    one_list = sorted(itertools.chain.from_iterable(unpacked(one.times) for one in said))
    assert seen.answers == len(one_list) == CONNECTIONS * 30
    for name, share in SHARES.items():
        assert seen.latency[name] == one_list[math.ceil(share * len(one_list)) - 1] / 1e9
    assert seen.latency["max"] == one_list[-1] / 1e9
    assert seen.together_seconds is not None
    assert seen.together_seconds <= min(one.seconds for one in said) + 1e-6 <= seen.seconds + 2e-6
    assert two.close(5.0, 30.0).left_open == 0


def test_they_begin_at_one_moment(two: Generators, said: list[Exchanged]) -> None:
    two._lead = 1.0
    seen = two.exchange(exchange(rate=101.0, seconds=0.5))
    assert said[0].began == said[1].began
    assert [one.answers + one.unanswered for one in said] == [25, 25]
    assert seen.intended_per_second == 101.0


def test_one_that_ends_is_named_and_leaves_the_answers_of_none_behind(two: Generators) -> None:
    (loaders,) = two._hosts
    assert isinstance(loaders, Loaders)
    loaders._all[1]._child.signal(signal.SIGKILL)
    with pytest.raises(PeerEnded, match=r"^load generator 2 of 2: it was killed by SIGKILL"):
        two.exchange(exchange())
    with pytest.raises(PeerEnded):
        two.close(1.0, 5.0)
    assert loaders._all[0]._child.ended(0.0) is None


class Host:
    """One of several that load a server: what it says is left until somebody hears it."""

    def __init__(self, unable: str | None = None) -> None:
        self._unable, self.unheard = unable, 0

    def tell(self, asked: Asked, seconds: float) -> None:
        self.unheard += 1

    def answers(self, kind: type[T]) -> list[T]:
        self.unheard -= 1
        if self._unable:
            raise HarnessError(self._unable)
        return []

    def stop(self) -> None:
        """Nothing runs."""


def test_a_host_that_is_unable_leaves_the_answers_of_none_behind() -> None:
    hosts = [Host("no memory"), Host()]
    with pytest.raises(HarnessError, match=r"^no memory$"):
        Generators(hosts, {}).close(1.0, 5.0)
    assert [one.unheard for one in hosts] == [0, 0]


def test_a_server_that_hangs_up_is_what_all_of_them_say() -> None:
    with served(lambda data: b"") as address:
        found = here(ECHO, [], 2)
        with pytest.raises(module.Failure, match="the server hung up") as failed:
            found.connect(Connect(address, 4, 0.0, 5.0), 30.0)
        assert failed.value.status == "invalid"
        assert found.close(1.0, 5.0).left_open == 0
        found.stop()


def an_exchange(times: list[int], began: float, seconds: float, **asked: Any) -> Exchanged:
    return Exchanged(
        answers=len(times), began=began, seconds=seconds, times=packed([one / 1e9 for one in times]),
        unanswered=1, cpu_seconds=0.25, **({"slowest": 1.0, "fastest": 2.0} | asked),
    )  # fmt: skip


@given(st.lists(st.lists(st.integers(0, 10**12), min_size=1), min_size=1, max_size=5))
def test_what_any_number_saw_is_put_together(parts: list[list[int]]) -> None:
    seen = together([an_exchange(times, 10.0 + place, 20.0) for place, times in enumerate(parts)])
    one = together([an_exchange(list(itertools.chain.from_iterable(parts)), 10.0, 20.0)])
    assert (seen.answers, seen.latency, seen.fairness) == (one.answers, one.latency, one.fairness)
    assert seen.seconds == 20.0 + len(parts) - 1
    assert seen.together_seconds == (20.0 - len(parts) + 1 if len(parts) > 1 else None)
    assert (seen.unanswered, seen.cpu_seconds) == (len(parts), 0.25 * len(parts))
    assert seen.by_generator == ([0.25] * len(parts) if len(parts) > 1 else [])
    assert seen.backlog_most is seen.backlog_end is seen.intended_per_second is None


def test_the_slowest_of_one_is_compared_with_the_fastest_of_another() -> None:
    open_loop = {"intended_per_second": 9.0, "backlog_most": 2, "backlog_end": 1}
    slow, fast = {"slowest": 2.0, "fastest": 3.0}, {"slowest": 6.0, "fastest": 8.0}
    seen = together([an_exchange([1], 0.0, 1.0, **open_loop, **one) for one in (slow, fast)])
    assert seen.fairness == 0.25
    assert (seen.intended_per_second, seen.backlog_most, seen.backlog_end) == (9.0, 4, 2)
