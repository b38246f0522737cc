"""What a thread's time is charged to, by clocks that stand where the test puts them."""

from __future__ import annotations

import functools
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest

from harness.worker.why import clocks, lane
from harness.worker.why import spent as spent_of
from harness.worker.why.clocks import Off
from harness.worker.why.lane import Lane
from harness.worker.why.pieces import Sample
from harness.worker.why.places import Whose, loop_line, of_callable
from harness.worker.why.spent import Account, Key

HERE = Whose(frozenset({__file__}))


class Times:
    """Clocks of the wall and of the thread."""

    wall = 0.0
    cpu = 0.0
    ready = 0.0

    def pass_(self, computing: float = 0.0, waiting: float = 0.0) -> None:
        self.wall += computing + waiting
        self.cpu += computing


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Iterator[Times]:
    """Clocks of its own, and a machine on which so many seconds of each wait are others'."""
    at = Times()
    monkeypatch.setattr(lane, "now", lambda: at.wall)
    monkeypatch.setattr(lane, "thread_time", lambda: at.cpu)

    def of(self: Any, off: float, rivals: bool) -> Off:
        return Off(min(off, at.ready), 0.0, max(0.0, off - at.ready)) if not rivals else Off(0.0, off, 0.0)

    monkeypatch.setattr(clocks.Preemption, "of", of)
    return at


def frame() -> FrameType:
    return sys._getframe(1)


def spent(one: Lane) -> list[tuple[str | None, float, float, float]]:
    return [(key.inside, s.computing, s.waiting, s.unyielding) for key, s in one.account.spent.items()]


def test_a_call_in_c_that_waits(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    one.entered(here)
    one.calls_c(here, len)
    times.pass_(waiting=0.1)
    one.c_returns(here)
    assert spent(one) == [("len", 0.0, pytest.approx(0.1), 0.0)]


def test_what_others_had_the_core_for_is_left_out(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    times.ready = 0.08
    one.calls_c(here, len)
    times.pass_(waiting=0.1)
    one.c_returns(here)
    assert spent(one) == [("len", 0.0, pytest.approx(0.02), 0.0)]
    assert one.preempted == pytest.approx(0.08)


def test_a_wait_while_others_want_the_gil_is_theirs(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0, rivals=lambda: True), frame()
    one.calls_c(here, len)
    times.pass_(waiting=0.01)
    one.c_returns(here)
    assert one.contended == pytest.approx(0.01)
    assert spent(one) == [("len", 0.0, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("waited", "looked", "left"), [(0.03, 0.02, 0.0), (0.03, 0.001, 0.029), (0.12, 0.07, 0.05), (0.01, 0.0, 0.01)]
)
def test_a_wait_of_python_while_a_sampler_looked(times: Times, waited: float, looked: float, left: float) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    one.entered(here)
    one.looked += looked
    times.pass_(waiting=waited)
    one.left(here, False)
    assert sum(s.waiting for s in one.account.spent.values()) + one.idle == pytest.approx(left)
    assert one.contended == pytest.approx(waited - left)


@pytest.mark.parametrize(("ago", "woken"), [(30e-6, 5), (70e-6, 0)])
def test_how_often_it_was_woken_before_says_nothing_of_now(
    times: Times, monkeypatch: pytest.MonkeyPatch, ago: float, woken: int
) -> None:
    given = 0
    monkeypatch.setattr(clocks.Preemption, "_given_away", lambda self: given)
    times.wall, one = 1.0, Lane(HERE, None, 0.0)
    one.entered(frame())
    given = 5  # in line for the GIL, as it began
    times.wall += ago
    one.entered(frame())
    assert one.woken() == woken


@pytest.mark.parametrize(("pieces", "held"), [(1, 0.06), (2, 0.0)])
def test_computing_counts_where_a_step_holds_up_the_others(times: Times, pieces: int, held: float) -> None:
    one, here = Lane(HERE, 0.04, 0.0), frame()
    for _ in range(pieces):
        one.calls_c(here, len)
        times.pass_(computing=0.06 / pieces)
        one.c_returns(here)
        one._at = None  # it has given way
        one._stepped()
    ((_, computing, _, unyielding),) = spent(one)
    assert computing == pytest.approx(0.06)
    assert unyielding == pytest.approx(held)


@pytest.mark.parametrize(("threshold", "contended"), [(0.03, 0.02), (None, 0.0)])
def test_what_a_hook_waits_for_is_no_part_of_what_it_takes(
    times: Times, threshold: float | None, contended: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, here = Lane(HERE, threshold, 0.0), frame()
    monkeypatch.setattr(one, "_called", lambda _: times.pass_(computing=0.001, waiting=0.02))
    monkeypatch.setattr(clocks.Preemption, "ready", lambda *_: 0.0)
    one.calls_c(here, len)
    assert one.overhead == pytest.approx(0.001)
    assert one.contended == pytest.approx(contended)
    times.pass_(waiting=0.1)
    one.c_returns(here)
    assert [(name, computing) for name, computing, _, _ in spent(one)] == [("len", 0.0)]


def test_where_a_library_was_called_the_line_is_no_guess(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    code = here.f_code
    one.samples = [Sample(-0.01, (code, 7, None), (0, None))]  # of before
    one._runs(here)
    one._at = one._at and one._at._replace(callee=here)
    line = here.f_lineno + 1
    assert list(one._seen(one._taken(), 0.04, computed=True)) == [(code, line, code)]


def test_one_that_is_seen_late_where_a_function_begins_was_at_what_came_before(times: Times) -> None:
    one, here, seen = Lane(HERE, 0.03, 0.0), frame(), []

    def see(_: Any) -> str:
        library = sys._getframe(1)
        for told in (False, True):
            if told:
                one.entered(library)
            one.sample(library, 1.0, late=True)
            seen.append(one.samples[-1].place)
        return ""

    one.entered(here)
    sorted([2, 1])
    re.sub("x", see, "x")
    line, code = here.f_lineno - 1, here.f_code
    assert seen == [(code, line - 1, None), (code, line, re.sub.__code__)]


def test_where_no_event_tells_of_a_wait_it_is_where_one_was_seen_before(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    one.entered(here)
    one._lately = (here.f_code, here.f_lineno - 1, None)
    assert list(one._guessed(computed=False)) == [one._lately]
    one._lately = (here.f_code, here.f_lineno + 9, None)  # it comes later
    assert list(one._guessed(computed=False)) != [one._lately]


@pytest.mark.parametrize(("looks", "computing"), [((2, 4, 6), 0.07 / lane.SLOWER), ((), 0.07), ((7,), 0.07)])
def test_a_loop_that_a_hook_slows_down_lets_a_sampler_look_and_code_in_c_does_not(
    times: Times, looks: tuple[int, ...], computing: float
) -> None:
    one, here = Lane(HERE, 0.03, 0.0, slows=True), frame()
    one.entered(here)
    one.samples = [Sample(at / 100, (here.f_code, 7, None), (0, None)) for at in looks]
    times.pass_(computing=0.07)
    one.left(here, False)
    assert sum(spent.computing for spent in one.account.spent.values()) == pytest.approx(computing)
    assert one.overhead == pytest.approx(0.07 - computing)


@pytest.mark.parametrize(("function", "named"), [(time.sleep, "time.sleep"), (frame, None)])
def test_what_a_partial_calls_is_named_by_the_line(times: Times, function: Any, named: str | None) -> None:
    one, here, nap = Lane(HERE, 0.03, 0.0), frame(), functools.partial(function)
    one.entered(here)
    assert one.sample(here, 0.02) is None, nap  # the line names it
    times.pass_(waiting=0.05)
    one.left(here, False)
    assert [name for name, *_ in spent(one)] == [named]


def test_many_short_lines_of_a_long_step_are_one(times: Times) -> None:
    one = Lane(HERE, 0.04, 0.0)
    code = frame().f_code
    for number in range(1, 7):
        one.account.charge(Key(code, number, None, None, None), 0.01 + 0.001 * number, 0.0, False)
    one._stepped()
    assert [(key.line, s.unyielding) for key, s in one.account.spent.items() if s.unyielding] == [
        (6, pytest.approx(0.081))
    ]


def test_the_sampler_tells_the_lines_of_a_loop_without_calls(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    one.entered(here)
    code = here.f_code
    one.samples = [Sample(at / 100, (code, line, None), (0, None)) for at, line in ((1, 7), (2, 7), (3, 8))]
    times.pass_(computing=0.04)
    one.left(here, False)
    assert {key.line: s.computing for key, s in one.account.spent.items()} == {
        7: pytest.approx(0.025),
        8: pytest.approx(0.015),
    }


@pytest.mark.parametrize(
    ("own", "garbage", "held"), [(0.025, 0.04, 0.065), (0.01, 0.04, 0.0), (0.035, 0.1, 0.135), (0.0, 0.1, 0.0)]
)
def test_the_garbage_of_a_line_counts_where_the_line_computes_as_much(own: float, garbage: float, held: float) -> None:
    account, key = Account(0.03), Key(frame().f_code, 1, None, None, None)
    account.charge(key, own, 0.0, False)
    account.collect(key, garbage)
    account.stepped()
    assert account.spent[key].computing == pytest.approx(own + garbage)
    assert account.spent[key].unyielding == pytest.approx(held)


def test_the_garbage_collector_runs_in_a_line(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    one.entered(here)
    for phase, seconds in (("start", 0.04), ("stop", 0.02)):
        times.pass_(computing=seconds), one.collects(phase, {})
    one.left(here, False)
    one._stepped()
    assert one.collected == pytest.approx(0.02)
    assert sum(s.unyielding for s in one.account.spent.values()) == pytest.approx(0.06)


def test_what_is_collected_while_we_look_is_no_lines(times: Times) -> None:
    one, here = Lane(HERE, 0.03, 0.0), frame()
    one.entered(here)
    for phase, seconds in (("start", 0.0), ("stop", 0.02)):
        times.pass_(computing=seconds)
        eval(OURS, {"one": one, "phase": phase})
    assert one.collected == 0.0


OURS = compile("one.collects(phase, {})", clocks.__file__, "eval")
"""Code of the room that looks."""


def test_nothing_is_kept_without_bounds(times: Times, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spent_of, "MOST_KEYS", 2)
    one, code = Lane(HERE, 0.03, 0.0), frame().f_code
    for number in range(4):
        one.account.charge(Key(code, number, None, None, None), 1.0, 0.0, False)
    assert len(one.account.spent) == 2
    assert one.account.elsewhere == 2.0


def named(function: Callable[..., Any]) -> str:
    return of_callable(function)


def test_functions_in_c_are_called_what_people_call_them() -> None:
    import hashlib
    import queue
    import socket
    import threading
    import time

    assert named(time.sleep) == "time.sleep"
    assert named(socket.socket.recv) == "socket.socket.recv"
    assert named(threading.Lock().acquire) == "threading.Lock.acquire"
    assert named(queue.SimpleQueue().get) == "queue.SimpleQueue.get"
    assert named(hashlib.pbkdf2_hmac) == "hashlib.pbkdf2_hmac"
    assert named(len) == "len"


def stands() -> Iterator[FrameType]:
    yield sys._getframe()


@pytest.mark.parametrize(("turned", "held"), [(0, 0.06), (1, 0.05)])
def test_what_no_event_tells_of_is_of_the_steps_that_were_seen(
    times: Times, turned: int, held: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, stands_still = [0], stands()
    here = next(stands_still)
    one = Lane(HERE, 0.03, 0.0, pause=lambda: None, turns=lambda: turns[0])
    monkeypatch.setattr(one, "_step_now", lambda: (turns[0], here))
    one.sample(here, times.wall)  # before it pauses, and of the same step
    one.rests(here)
    for _ in range(2):
        times.pass_(computing=0.02)
        one.sample(here, times.wall)
    turns[0] += turned
    times.pass_(computing=0.02)
    one.entered(here)
    one._stepped()
    ((_, computing, _, unyielding),) = spent(one)
    assert computing == pytest.approx(0.06)
    assert unyielding == pytest.approx(held)


def test_what_looks_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "get_ident", frame)  # called within the lane's own function
    monkeypatch.setattr(lane, "cpu_clock", lambda _: 0)
    one = Lane(HERE, 0.03, 0.0)
    assert HERE.line(one.thread) == (one.thread.f_back.f_back, None)  # type: ignore[attr-defined, arg-type]


def looped(numbers: list[int]) -> int:
    total = 0
    for number in numbers:
        total += number
    return total


def test_a_loop_that_nobody_saw_is_where_its_body_is() -> None:
    code, first = looped.__code__, looped.__code__.co_firstlineno
    assert loop_line(code, first + 4) == first + 3
    assert loop_line(code, first + 1) == first + 1


def test_a_thread_that_has_ended_is_asked_for_no_time() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(Lane(HERE, None, 0.0)))
    thread.start()
    thread.join()
    end = time.monotonic() + 30
    while found[0].computed() is not None:  # the operating system's may end a little later
        assert time.monotonic() < end
    assert found[0].under_way() == []


def test_a_thread_that_has_the_number_of_one_that_ended_begins_anew(times: Times) -> None:
    one, here = Lane(HERE, None, 0.0), frame()
    one.calls_c(here, len)
    times.pass_(computing=0.1)
    one.c_returns(here)
    one.left_alone = True
    times.pass_(waiting=1.0)
    times.cpu = 0.0
    one.begins()
    one.calls_c(here, len)
    times.pass_(computing=0.02)
    one.c_returns(here)
    assert sum(computing for _, computing, _, _ in spent(one)) == pytest.approx(0.12)
    assert (one.threads, one.left_alone) == (2, False)


def test_a_frame_that_was_looked_at_before_the_last_event_says_nothing(times: Times) -> None:
    one, stands_still = Lane(HERE, 0.03, 0.0), stands()
    over, looked = next(stands_still), times.wall
    times.pass_(waiting=0.01)
    here = frame()
    one.entered(here)
    times.pass_(waiting=0.04)
    one.sample(over, looked, late=True)  # the sampler had lost the GIL as it began
    one.left(here, False)
    assert over.f_lineno not in {key.line for key in one.account.spent}


def test_frames_of_what_is_over_are_let_go_of(times: Times) -> None:
    one, stands_still = Lane(HERE, 0.03, 0.0), stands()
    here = next(stands_still)
    for _ in range(3):
        times.pass_(computing=0.02)
        one.sample(here, times.wall)
        one.calls_c(frame(), len)
    assert len(one.samples) == 1


@pytest.mark.parametrize(("computed", "expected"), [(0.005, True), (0.001, False)])
def test_a_thread_runs_where_it_has_not_only_waited(
    times: Times, computed: float, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Lane(HERE, 0.03, 0.0)
    monkeypatch.setattr(lane, "clock", lambda _: times.cpu)
    one.runs()
    times.pass_(computing=computed, waiting=0.02 - computed)
    assert one.runs() is expected
