"""What a run was started in, and what debugged its workers, in sentences."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.document.comparison import compare
from harness.document.make import document
from harness.gate.decide import judge
from harness.history.series import of_record, of_run, series
from harness.record.sample import Record, Site
from harness.report.table import tables
from harness.statistics import shell
from tests.builders import header, sample, samples
from tests.records import commits, gated

PLAIN: dict[str, Any] = {
    "variables": {},
    "taken_away": [],
    "cpus": [0, 1],
    "cpus_online": 2,
    "nice": 0,
    "policy": "other",
    "limits": {"nofile": 1024, "stack": 8 << 20, "as": None, "data": None, "cpu": None},
}
LIBUV = "gevent.libuv.loop.loop (default)"


def host(**changes: Any) -> dict[str, Any]:
    return {"machine_key": "m", "shell": PLAIN | changes}


def started_in(one: Record, **changes: Any) -> Record:
    return msgspec.structs.replace(one, header=msgspec.structs.replace(one.header, host=host(**changes)))


def with_facts(one: Record, **facts: Any) -> Record:
    """gevent's workers have these facts besides."""
    found = [msgspec.structs.replace(s, facts=s.facts | facts) if s.strategy == 1 else s for s in one.samples]
    return msgspec.structs.replace(one, samples=found)


ONE = Record(header(), samples(0.5), None)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"taken_away": ["PYTHONASYNCIODEBUG"]}, "without PYTHONASYNCIODEBUG (HARNESS_KEEP_DEBUG=1 leaves them)"),
        ({"variables": {"GEVENT_LOOP": "libuv"}}, "with GEVENT_LOOP=libuv"),
        ({"nice": 10}, "with nice 10"),
        ({"policy": "batch"}, "with the scheduling policy batch"),
        ({"cpus": [1]}, "with 1 of 2 cores"),
        ({"limits": {"stack": None}}, "with a stack limit of unlimited"),
        ({"limits": {"as": 1 << 30}}, "with a limit of 1,073,741,824 (ulimit: as)"),
    ],
)
def test_what_is_not_as_usual_is_said_below_the_table(changes: dict[str, Any], text: str) -> None:
    (said,) = shell.of_run(host(**changes))
    assert text in said
    assert f"shell: {said}" in tables(document(started_in(ONE, **changes)))


@pytest.mark.parametrize("quiet", [{}, {"variables": {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "0"}}])
def test_what_is_usual_is_not_said(quiet: dict[str, Any]) -> None:
    assert list(shell.of_run(host(**quiet))) == []
    assert list(shell.of_run({})) == []


def test_of_a_run_on_other_hosts_it_is_theirs() -> None:
    """An ssh has another environment, and another limit, than who asks."""
    here = started_in(ONE, nice=10)
    alike = [Site(number, f"h{number + 1}", str(number), host(policy="batch")) for number in (0, 1)]
    on_both = msgspec.structs.replace(here, sites=alike)
    assert document(on_both).shell == ["workers ran with the scheduling policy batch"]
    on_one = msgspec.structs.replace(here, sites=[alike[0], Site(1, "h2", "1", host())])
    assert document(on_one).shell == ["h1: workers ran with the scheduling policy batch"]
    of_gate = judge(msgspec.structs.replace(started_in(gated(), nice=10), sites=alike), "time", lambda *_: 0.02)
    assert "workers ran with the scheduling policy batch" in of_gate.remarks
    assert "workers ran with nice 10" not in of_gate.remarks


def test_two_runs_differ_in_what_only_one_has() -> None:
    then, now = host(variables={"GEVENT_LOOP": "libuv", "PYTHONHASHSEED": "0"}), host(cpus=[1], nice=5)
    assert shell.differences(then, now) == [
        "GEVENT_LOOP was libuv, and is not set",
        "PYTHONHASHSEED was 0, and is not set",
        "nice was 0, and is 5",
        "the CPU mask was 0,1, and is 1",
    ]
    assert shell.differences(then, then) == []


def test_nothing_is_said_of_a_record_of_old() -> None:
    assert shell.differences({"machine_key": "m"}, host(nice=5)) == []


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"loop": "asyncio.unix_events.X (debug)"}, "asyncio's debug mode is on in its workers, and in its numbers"),
        ({"debugging": ["tracemalloc"]}, "tracemalloc is on in its workers, and in its numbers"),
        ({"debugging": ["a", "b", "c"]}, "a, b and c are on in its workers, and in its numbers"),
        ({"loop": LIBUV, "implementation": "cpython"}, f"on {LIBUV}, which is not gevent's default"),
        (
            {"loop": "gevent.libev.corecext.loop (select)", "implementation": "cpython"},
            "on gevent.libev.corecext.loop (select), which is not",
        ),
    ],
)
def test_what_is_on_in_workers_is_the_rows_remark(facts: dict[str, Any], text: str) -> None:
    (said,) = shell.warnings([msgspec.structs.replace(sample(1, 0, 1.0), facts=facts)])
    assert text in said
    row = document(with_facts(ONE, **facts)).groups[0].rows[1]
    assert said in row.warnings


def test_what_a_task_switches_on_is_seen_in_the_watched_round() -> None:
    one = sample(1, 0, 1.0)
    watched = msgspec.structs.replace(one, observed=msgspec.structs.replace(one.observed, debugging=["tracemalloc"]))
    assert shell.debugging([watched, one]) == ["tracemalloc"]


def test_usual_loops_are_no_remark() -> None:
    facts = {"loop": shell.GEVENTS_OWN[0], "implementation": "cpython", "debugging": []}
    assert list(shell.warnings([msgspec.structs.replace(sample(1, 0, 1.0), facts=facts)])) == []


def test_a_comparison_says_where_the_two_runs_differ() -> None:
    then = with_facts(started_in(ONE), loop="gevent.libev.corecext.loop (epoll)")
    now = with_facts(started_in(ONE, variables={"GEVENT_LOOP": "libuv"}), loop=LIBUV, debugging=["tracemalloc"])
    now = msgspec.structs.replace(now, header=msgspec.structs.replace(now.header, run="now"))
    said = compare(then, now).remarks
    assert said[0] == "GEVENT_LOOP was not set, and is libuv"
    assert f"gevent: the loop was gevent.libev.corecext.loop (epoll), and is {LIBUV}" in said
    assert "gevent: tracemalloc was off, and is on" in said
    assert (
        compare(now, now).remarks == compare(then, then).remarks == ["both are the same run: it has moved by nothing"]
    )


def test_a_gate_says_what_both_versions_ran_in() -> None:
    one = with_facts(started_in(gated(), variables={"GEVENT_LOOP": "libuv"}), debugging=["tracemalloc"])
    said = judge(one, "time", lambda workload, strategy: 0.05).remarks
    assert "workers ran with GEVENT_LOOP=libuv" in said
    assert "gevent@candidate: tracemalloc is on in its workers, and in its numbers" in said


def test_a_shift_of_a_history_says_what_else_changed_there() -> None:
    runs = [started_in(one) for one in commits()[:20]]
    runs += [started_in(with_facts(one, debugging=["tracemalloc"]), nice=5) for one in commits()[20:]]
    for taken in ([of_record(one) for one in runs], [of_run(document(one)) for one in runs]):
        (gevent,) = [one for one in series(taken) if one.strategy == "gevent"]
        (shift,) = gevent.shifts
        assert shift.shell == ["nice was 0, and is 5", "tracemalloc was off, and is on"]
