"""What becomes of hosts of a cluster that leave, and come back."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec
import pytest

from harness.hosts import crew, fleet
from harness.hosts.fleet import BACK
from harness.hosts.messages import Answered, Busy, Measure
from harness.machine.lock import BusyError
from harness.record.sample import Loss, Sample
from tests.builders import plan
from tests.harness.hosts.fake import Clock, FakeHost, Hosts, Lines, Script, good, on

PLAN = msgspec.structs.replace(plan(), blocks=8)
SECONDS = 10.0
LEFT = "its Dask worker left"


def losses(lines: Lines) -> Sequence[Loss]:
    return [one for one in lines if isinstance(one, Loss)]


def setting(event: threading.Event) -> Script:
    """Measures, and has it be known before."""

    def script(host: FakeHost, asked: Measure) -> Answered:
        event.set()
        return good(host, asked)

    return script


@pytest.mark.parametrize("name", ["h2", "another name"])
def test_an_idle_host_whose_worker_starts_anew_takes_part_again(name: str) -> None:
    again = FakeHost(name, identity="h2")
    source = Hosts(FakeHost("h1"), FakeHost("h2"), grows=True)
    measures = threading.Event()

    def first(host: FakeHost, asked: Measure) -> Answered:
        """While it measures the first block, nobody else has one."""
        if asked.piece.block == 0:
            source.lost["h2"](LEFT)
            source.join(again)
        else:
            measures.wait(SECONDS)
        return good(host, asked)

    source.hosts[0].script, again.script = first, setting(measures)
    run, lines = on(PLAN, source=source)
    run.run()
    assert again.asked
    assert {one.site for one in lines if isinstance(one, Sample)} == {0, 1}
    assert losses(lines) == [Loss("h2", LEFT), Loss("h2", BACK, is_back=True)]


def test_a_host_that_is_lost_at_work_is_back_before_its_thread_has_heard() -> None:
    began, ends, measures = threading.Event(), threading.Event(), threading.Event()
    again = FakeHost("h2")

    def never(host: FakeHost, asked: Measure) -> Answered:
        began.set()
        ends.wait(SECONDS)
        return good(host, asked)

    source = Hosts(FakeHost("h1"), FakeHost("h2", never), grows=True)

    def waits(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block and not again.opened:
            assert began.wait(SECONDS)
            source.lost["h2"](LEFT)
            source.join(again)
        if asked.piece.block:
            measures.wait(SECONDS)
        return good(host, asked)

    source.hosts[0].script, again.script = waits, setting(measures)
    run, lines = on(PLAN, source=source)
    run.run()
    ends.set()
    assert again.asked
    assert run.end().status == "complete"
    assert [(one.reason, one.block is None) for one in losses(lines)] == [(LEFT, False), (LEFT, True), (BACK, True)]


ELSEWHERE = "its Dask worker is busy with something else"


def test_a_run_begins_without_a_host_that_has_something_else_to_do() -> None:
    other = FakeHost("h2")
    other.kept = ELSEWHERE
    run, lines = on(PLAN, FakeHost("h1"), other)
    run.run()
    assert run.end().status == "complete"
    assert not other.asked
    assert losses(lines) == [Loss("h2", ELSEWHERE)]


def test_a_host_that_had_something_else_to_do_takes_part_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "BUSY_SECONDS", 0.0)
    other = FakeHost("h2")
    other.kept = ELSEWHERE
    measures = threading.Event()

    def script(host: FakeHost, asked: Measure) -> Answered:
        other.kept = None
        if asked.piece.block:
            measures.wait(SECONDS)
        return good(host, asked)

    other.script = setting(measures)
    run, lines = on(PLAN, FakeHost("h1", script), other)
    run.run()
    assert other.asked
    assert losses(lines) == []


def test_where_all_have_something_else_to_do_nobody_waits_unasked() -> None:
    host = FakeHost("h1")
    host.kept = ELSEWHERE
    run, _ = on(PLAN, host)
    with pytest.raises(BusyError, match=rf"^h1: {ELSEWHERE}; --wait SECONDS"):
        run.run()


def test_where_all_have_something_else_to_do_that_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "BUSY_SECONDS", 2.0)
    host = FakeHost("h1")
    host.kept = ELSEWHERE
    run, _ = on(PLAN, host, wait=3.0, clock=Clock())
    with pytest.raises(BusyError, match=rf"^h1: {ELSEWHERE}; --wait SECONDS"):
        run.run()


@pytest.mark.parametrize("hosts", [1, 2, 3])
def test_where_all_are_busy_whenever_they_are_asked_it_is_said_in_the_end(
    monkeypatch: pytest.MonkeyPatch, hosts: int
) -> None:
    """Though at any time one of them is being asked."""
    monkeypatch.setattr(fleet, "TICK", 0.001)
    monkeypatch.setattr(fleet, "BUSY_SECONDS", 10.0)

    def script(host: FakeHost, asked: Measure) -> Answered:
        threading.Event().wait(0.02)
        return Busy("another run is measuring") if len(host.asked) < 30 else good(host, asked)

    run, _ = on(PLAN, *(FakeHost(f"h{number}", script) for number in range(hosts)), wait=100.0, clock=Clock())
    with pytest.raises(BusyError, match=r"^h\d: another run is measuring; --wait SECONDS"):
        run.run()


def test_a_host_that_was_busy_may_measure_for_longer_than_is_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "TICK", 0.001)

    def script(host: FakeHost, asked: Measure) -> Answered:
        if len(host.asked) == 1:
            return Busy("another run is measuring")
        threading.Event().wait(0.1 if len(host.asked) == 2 else 0.0)
        return good(host, asked)

    run, _ = on(PLAN, FakeHost("h1", script), wait=10.0, clock=Clock())
    run.run()
    assert run.end().status == "complete"


def test_what_keeps_a_host_between_blocks_is_waited_for() -> None:
    """As another run's block does, on the only thread of a Dask worker."""
    host = FakeHost("h1")
    told: list[str] = []

    def script(host: FakeHost, asked: Measure) -> Answered:
        host.kept = None if asked.piece.block else ELSEWHERE
        return good(host, asked)

    def tell(text: str) -> None:
        told.append(text)
        if text.endswith("waiting"):
            host.kept = None

    host.script = script
    run, lines = on(PLAN, host, wait=True, tell=tell)
    run.run()
    assert run.end().status == "complete"
    assert f"h1: {ELSEWHERE}: waiting" in told
    assert losses(lines) == []


def test_a_host_that_is_refused_when_it_is_free_is_left_out_for_that_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "BUSY_SECONDS", 0.0)
    second = FakeHost("h2", identity="h1")
    second.kept = ELSEWHERE
    told = threading.Event()

    def script(host: FakeHost, asked: Measure) -> Answered:
        second.kept = None
        assert told.wait(SECONDS)
        return good(host, asked)

    def tell(text: str) -> None:
        if "same machine" in text:
            told.set()

    run, lines = on(PLAN, FakeHost("h1", script), second, tell=tell)
    run.run()
    assert losses(lines) == [Loss("h2", "it is the same machine as h1, and one of them is used")]
