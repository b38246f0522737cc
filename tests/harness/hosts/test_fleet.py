"""What becomes of hosts of a cluster that leave, and come back."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec
import pytest

from harness.hosts.messages import Answered, Measure
from harness.record.sample import Loss, Sample
from tests.builders import plan
from tests.harness.hosts.fake import FakeHost, Hosts, Lines, good, on

PLAN = msgspec.structs.replace(plan(), blocks=8)
SECONDS = 10.0
LEFT = "its Dask worker left"


def losses(lines: Lines) -> Sequence[Loss]:
    return [one for one in lines if isinstance(one, Loss)]


@pytest.mark.parametrize("name", ["h2", "another name"])
def test_an_idle_host_whose_worker_starts_anew_takes_part_again(name: str) -> None:
    again = FakeHost(name, identity="h2", again=False)
    source = Hosts(FakeHost("h1"), FakeHost("h2", again=False), grows=True)
    measures = threading.Event()

    def first(host: FakeHost, asked: Measure) -> Answered:
        """While it measures the first block, nobody else has one."""
        if asked.piece.block == 0:
            source.lost["h2"](LEFT)
            source.join(again)
        else:
            measures.wait(SECONDS)
        return good(host, asked)

    def second(host: FakeHost, asked: Measure) -> Answered:
        measures.set()
        return good(host, asked)

    source.hosts[0].script, again.script = first, second
    run, lines = on(PLAN, source=source)
    run.run()
    assert again.asked
    assert {one.site for one in lines if isinstance(one, Sample)} == {0, 1}
    assert losses(lines) == [Loss("h2", LEFT)]


def test_a_host_that_is_lost_at_work_is_back_before_its_thread_has_heard() -> None:
    began, ends = threading.Event(), threading.Event()
    again = FakeHost("h2", again=False)

    def never(host: FakeHost, asked: Measure) -> Answered:
        began.set()
        ends.wait(SECONDS)
        return good(host, asked)

    source = Hosts(FakeHost("h1"), FakeHost("h2", never, again=False), grows=True)

    def waits(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block and not again.opened:
            assert began.wait(SECONDS)
            source.lost["h2"](LEFT)
            source.join(again)
        if asked.piece.block:
            measures.wait(SECONDS)
        return good(host, asked)

    def second(host: FakeHost, asked: Measure) -> Answered:
        measures.set()
        return good(host, asked)

    measures = threading.Event()
    source.hosts[0].script, again.script = waits, second
    run, lines = on(PLAN, source=source)
    run.run()
    ends.set()
    assert again.asked
    assert run.end().status == "complete"
    assert [(one.reason, one.block is None) for one in losses(lines)] == [(LEFT, False), (LEFT, True)]
