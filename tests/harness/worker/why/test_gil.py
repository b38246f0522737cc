"""Who kept the GIL while it waited, by clocks that stand where the test puts them."""

from __future__ import annotations

import asyncio
import dis
from types import CodeType
from typing import Any

import pytest

from harness.worker.why import gil
from harness.worker.why.gil import Gil
from harness.worker.why.pieces import Place
from harness.worker.why.places import worked_line
from harness.worker.why.sampler import EVERY

CODE = (lambda: None).__code__


class Clocks:
    """Of the wall and of the process; how often the thread that looks was woken, how long it stood in line, and what
    its next look waits for itself."""

    wall = cpu = ready = within = 0.0
    times = 0


class Thread:
    """One that calls something, or not."""

    def __init__(
        self, line: int | None, is_aside: bool = True, computed: float = 0.0, woken: int = 0, in_line: float = 0.0,
        left_alone: bool = False,
    ) -> None:  # fmt: skip
        self.line, self.is_aside, self.left_alone = line, is_aside, left_alone
        self.computed, self.woken, self.in_line = lambda: computed, lambda: woken, lambda: in_line

    def calling(self) -> Place | None:
        return (CODE, self.line, None) if self.line else None


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()

    class Own:
        def __init__(self, new: bool) -> None:
            assert new

        def woken(self) -> int:
            times, clocks.times = clocks.times, 0
            return times

        def ready(self, off: float) -> float:
            ready, clocks.ready = clocks.ready, 0.0
            return min(off, ready)

    monkeypatch.setattr(gil, "now", lambda: clocks.wall)
    monkeypatch.setattr(gil, "process_time", lambda: clocks.cpu)
    monkeypatch.setattr(gil, "Preemption", Own)
    return clocks


def heard(one: Gil, at: Clocks, thread: Thread) -> None:
    one.tells(thread, at.wall)  # type: ignore[arg-type]


def look(one: Gil, at: Clocks) -> None:
    one.looks(at.wall)
    at.wall, at.times, at.within = at.wall + at.within, round(at.within / 0.005), 0.0
    one.looked()


def held(one: Gil) -> dict[int, float]:
    return {line: pytest.approx(seconds) for (_, line), seconds in one.held().items()}


def round_(at: Clocks, thread: Thread, seconds: float, *, woken: int | None = None, cpu: float = 0.0,
           ready: float = 0.0, closes: Thread | None = None) -> Gil:  # fmt: skip
    """A thread is heard of, then nobody is for so long, and a look comes only then."""
    one = Gil()
    heard(one, at, thread)
    at.wall, at.cpu, at.ready = at.wall + seconds, at.cpu + cpu, ready
    at.times = round((seconds - EVERY) / 0.005) if woken is None else woken
    heard(one, at, closes or thread)
    look(one, at)
    return one


def test_a_thread_that_nobody_could_look_at_kept_it(at: Clocks) -> None:
    assert held(round_(at, Thread(7), 0.06)) == {7: 0.06}


@pytest.mark.parametrize(
    "why",
    [
        {"seconds": 0.025},  # the look came in time
        {"seconds": 0.06, "woken": 1},  # the machine stood still
        {"seconds": 0.06, "cpu": 0.05},  # somebody computed
        {"seconds": 0.06, "ready": 0.035},  # the machine was busy
        {"seconds": 0.06, "thread": Thread(7, is_aside=False)},  # the loop's own: it blocks
        {"seconds": 0.06, "thread": Thread(None)},  # it called nothing
        {"seconds": 0.06, "thread": Thread(7, woken=11)},  # it waited for the GIL itself
        {"seconds": 0.06, "thread": Thread(7, in_line=0.05)},  # it had no core
    ],
)
def test_what_says_nothing_of_it(at: Clocks, why: dict[str, Any]) -> None:
    assert held(round_(at, **{"thread": Thread(7)} | why)) == {}


@pytest.mark.parametrize(
    ("other", "expected"),
    [(Thread(9, computed=0.01), {7: 0.06}), (Thread(9, computed=0.05), {}), (Thread(9, left_alone=True), {})],
)
def test_a_silence_in_which_a_thread_computes_or_does_not_tell_is_that_ones(
    at: Clocks, other: Thread, expected: dict[int, float]
) -> None:
    one = Gil()
    one.lanes += [other]  # type: ignore[list-item]
    heard(one, at, Thread(7))
    at.wall, at.times = 0.06, 8
    heard(one, at, other)
    look(one, at)
    assert held(one) == expected


def test_of_a_line_that_was_caught_each_silence_counts_in_which_nobody_looked(at: Clocks) -> None:
    one = round_(at, Thread(7), 0.06)
    for looks, line in ((False, 7), (True, 7), (False, 9)):  # the second let go of it, the third was never caught
        heard(one, at, Thread(line))
        at.wall += 0.005
        if looks:
            look(one, at)
        at.wall += 0.005
        heard(one, at, Thread(None))
    assert held(one) == {7: 0.07}


def test_a_look_that_comes_late_proves_that_nobody_had_let_go_of_it(at: Clocks) -> None:
    one = round_(at, Thread(7), 0.06)
    heard(one, at, Thread(7))
    at.wall, at.times = at.wall + EVERY + 0.005, 1  # too short a wait to go by
    look(one, at)
    heard(one, at, Thread(7))
    assert held(one) == {7: 0.085}


def test_waits_of_a_look_are_counted_where_they_were(at: Clocks) -> None:
    one = Gil()
    heard(one, at, Thread(7))
    at.wall, at.within = EVERY, 0.1  # another has it, and is heard of
    look(one, at)
    heard(one, at, Thread(9))
    at.wall, at.times = at.wall + EVERY + 0.03, 6
    heard(one, at, Thread(9))
    look(one, at)
    assert held(one) == {7: 0.12, 9: 0.05}


def test_what_is_of_no_known_line_is_shared_by_those_that_are(at: Clocks) -> None:
    one = round_(at, Thread(7), 0.06)
    heard(one, at, Thread(None))  # it was another that went on, without a word
    at.wall, at.times = at.wall + 0.06, 8
    heard(one, at, Thread(7))
    look(one, at)
    assert held(one) == {7: 0.12}


def test_what_a_look_waits_for_itself_is_a_wait_as_well(at: Clocks) -> None:
    one = Gil()
    heard(one, at, Thread(7))
    at.wall, at.within = EVERY, 0.08
    look(one, at)
    at.wall += EVERY
    heard(one, at, Thread(7))
    look(one, at)
    assert held(one) == {7: 0.12}


def test_it_keeps_no_more_than_so_many(at: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gil, "MOST", 3)
    one = Gil()
    for _ in range(10):
        heard(one, at, Thread(7))
        at.wall += 0.06
        at.times = 8
        look(one, at)
    assert (len(one._silences), len(one._denied)) == (3, 3)


def a_line_that_waits(name: Any) -> int:
    name(40)
    return 1


def a_loop(numbers: list[int]) -> int:
    total = 0
    for number in numbers:
        total += number
    return total


def worked(code: CodeType, offset: int, ahead: bool) -> int | None:
    """Counted from where the function begins."""
    found = worked_line(code, offset, ahead)
    return found and found - code.co_firstlineno


async def an_await(texts: list[str]) -> None:
    list(map(int, texts))
    await asyncio.sleep(0.01)


async def a_comparison(one: Any, other: Any) -> bool:
    same: bool = one == other
    await asyncio.sleep(0.01)
    return same


@pytest.mark.parametrize(
    ("function", "line", "expected"),
    [(a_line_that_waits, 2, 1), (a_loop, 4, 3), (an_await, 2, 1), (a_comparison, 2, 1)],
)
def test_what_took_long_is_where_something_was_called(function: Any, line: int, expected: int) -> None:
    code = function.__code__
    here = [
        one.offset
        for one in dis.get_instructions(code)
        if one.positions and one.positions.lineno == line + code.co_firstlineno
    ]
    assert {worked(code, offset, ahead=True) for offset in here} == {expected}


def test_a_function_that_has_only_begun_has_called_nothing() -> None:
    assert worked(a_line_that_waits.__code__, 0, ahead=False) is None
