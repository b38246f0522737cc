"""Very many tasks: what small rounds say of a large one, and that a strategy that cannot hold it says so at once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from harness.measure.pilot import MANY, Seen, beyond, expected, foretold, refused
from harness.measure.unit import Unit
from harness.record.plan import PlannedGroup
from tests.builders import LOOK, Finished, flat, plan, rows
from tests.harness.measure.fake import Fake

MILLION = 1_000_000
GROUP = PlannedGroup("sleep", "a:B", {}, MILLION, MILLION)
ONE_BY_ONE = [Seen(10, 0.1, 0), Seen(100, 1.0, 0)]
AT_ONCE = [Seen(1_000, 0.03, 2 << 20), Seen(10_000, 0.12, 20 << 20)]
GIB = 1 << 30


def test_a_round_is_expected_to_take_what_more_tasks_took_more() -> None:
    assert expected(ONE_BY_ONE, MILLION) == pytest.approx(10_000)
    assert expected(AT_ONCE, MILLION) == pytest.approx(0.12 + 990_000 * 1e-5)
    assert expected([Seen(10, 0.5, 0), Seen(100, 0.2, 0)], MILLION) == 0.2, "the first round has more to do than tasks"


@pytest.mark.parametrize(
    ("tasks", "concurrency", "seen", "seconds"),
    [
        (100, 100, [Seen(1, 0.5, 0), Seen(4, 2.0, 0)], 50.0),  # one after another
        (100, 100, [Seen(1, 0.5, 0), Seen(4, 0.5, 0)], 0.5),
        (100, 10, [Seen(1, 0.5, 0), Seen(4, 0.5, 0)], 5.0),
        (100, 10, [Seen(1, 0.5, 0)], 5.0),
        (1, 1, [Seen(1, 0.5, 0), Seen(4, 2.0, 0)], 0.5),
    ],
)
def test_few_tasks_foretell_more(tasks: int, concurrency: int, seen: list[Seen], seconds: float) -> None:
    group = msgspec.structs.replace(GROUP, tasks=tasks, concurrency=concurrency)
    assert foretold(seen, group) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seen", "group", "timeout", "free", "status", "reason"),
    [
        (ONE_BY_ONE, GROUP, 60.0, 8 * GIB, "timeout", "1,000,000 tasks would take about 10,000 s (10 took 0.1 s and "
         "100 1 s): raise --timeout"),
        (AT_ONCE, GROUP, 60.0, GIB, "failed", "out of memory: 1,000,000 tasks at once would hold about 2.0 GiB "
         "(10,000 held 20 MiB), 1.0 GiB are free: lower --concurrency"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_with_what_was_seen(
    seen: list[Seen], group: PlannedGroup, timeout: float, free: int, status: str, reason: str
) -> None:
    failure = beyond(seen, group, timeout, free)
    assert failure
    assert (failure.status, str(failure)) == (status, reason)


@pytest.mark.parametrize(
    ("seen", "group", "timeout"),
    [
        (ONE_BY_ONE, GROUP, 6_000.0),  # the whole may take twice as long as it seems, or half
        (AT_ONCE, msgspec.structs.replace(GROUP, concurrency=100), 60.0),
        (AT_ONCE, msgspec.structs.replace(GROUP, concurrency=100_000), 60.0),
        (AT_ONCE[:1], GROUP, 0.001),
        ([], GROUP, 0.001),
    ],
)
def test_what_may_be_is_tried(seen: list[Seen], group: PlannedGroup, timeout: float) -> None:
    grown = [one._replace(grown=one.grown // 10) for one in seen]
    assert beyond(grown, group, timeout, GIB) is None


@pytest.mark.parametrize("change", [{"tasks": MANY - 1, "concurrency": 1}, {"serves": True}])
def test_of_what_is_usual_nothing_is_tried_first(change: dict[str, Any]) -> None:
    fake, group = Fake(), msgspec.structs.replace(GROUP, **change)
    assert refused(msgspec.structs.replace(plan(), groups=[group]), Unit(0, 0, [0, 1]), fake, print) == {}
    assert fake.started == []


def test_very_many_tasks_one_after_the_other_are_refused_and_other_rows_measured(
    document: Callable[..., dict[str, Any]],
) -> None:
    asked = ("--tasks", f"{MANY}", "--concurrency", "1000", *LOOK, "-w", "0")
    found = rows(document("-s", "sequential,thread-pool", "-W", "sleep", "-P", "seconds=0.01", *asked))
    assert found["sequential"]["status"] == "timeout"
    assert re.match(r"100,000 tasks would take about 1,\d\d\d s \(10 took", found["sequential"]["reason"])
    assert found["thread-pool"]["status"] == "ok"


NONE_IN_FLIGHT = ["sequential", "greenlet", "generator"]
HOLD = ["gevent", "asyncio", "trio"] if "EVERY_STRATEGY" in os.environ else []
"""A round of these takes a minute."""


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [*NONE_IN_FLIGHT, "threads", "thread-pool", "processes", *HOLD])
def test_a_million_tasks_are_held_or_refused_within_seconds(harness: Callable[..., Finished], strategy: str) -> None:
    asked = ("--tasks", f"{MILLION}", *LOOK, "-w", "0", "-q")
    done = harness("run", "-s", strategy, "-W", "sleep", "-P", "seconds=0.01", *asked)
    if strategy in ("threads", "thread-pool"):
        assert (done.returncode, done.stdout) == (2, "")
        assert "1,000,000 in flight under" in done.stderr
    elif done.returncode or strategy in NONE_IN_FLIGHT:
        assert done.returncode == 3, done.stderr
        assert re.search(r"1,000,000 tasks (would take about|at once would hold about)", flat(done.stdout)), done.stdout
