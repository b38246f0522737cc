"""From samples to the comparisons of a group, its null arm, and the sentences on fairness."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from harness.document.make import document
from harness.document.run import Group
from harness.record.sample import Host, Record, Sample
from harness.report.table import tables
from harness.statistics import verdicts
from harness.statistics.fairness import disturbances, warnings
from tests.builders import JITTER, header, plan, sample, samples


def said(taken: list[Sample]) -> Group:
    return document(Record(header(), taken, None)).groups[0]


def test_a_group_has_its_verdict_and_its_null_arm() -> None:
    group = said(samples(0.5, null=1.0))
    assert group.rows[1].ratio.verdict == "faster"
    assert group.rows[1].samples == 8
    assert (group.null_arm.strategy, group.null_arm.verdict) == ("gevent", "same")
    assert group.margin == 0.02


@pytest.mark.parametrize("null", [0.9, 1.1])
def test_a_null_arm_that_differs_withholds_every_verdict(null: float) -> None:
    group = said(samples(0.5, null=null))
    assert group.null_arm.too_noisy
    assert group.rows[1].ratio.verdict == "undecided"
    assert "too noisy" in group.rows[1].ratio.reason
    text = tables(document(Record(header(), samples(0.5, null=null), None)))
    assert "no verdict stands: gevent against itself came out" in text


def test_every_stored_sample_is_in_the_statistics() -> None:
    comparison = verdicts.of_group(plan(), samples(0.5), 0).rows[1]
    assert comparison.blocks == len(JITTER)


def test_the_widest_interval_is_what_precision_looks_at() -> None:
    comparison = verdicts.of_group(plan(), samples(0.5), 0).rows[1]
    assert verdicts.widest(plan(), samples(0.5)) == pytest.approx(math.sqrt(comparison.high / comparison.low) - 1)
    assert verdicts.widest(plan(), []) == math.inf


def warned(changed: dict[str, Any], **facts: Any) -> list[str]:
    """The warnings of a gevent row whose samples were changed."""
    made = plan()
    strategy = msgspec.structs.replace(made.strategies[1], loop="gevent")
    took = msgspec.structs.replace(sample(1, 0, 0.5), facts={"loop": "gevent.libev.corecext.loop (epoll)"} | facts)
    for name, value in changed.items():
        part = took.observed if name == "observed" else took.rounds[0]
        new = msgspec.structs.replace(part, **value)
        took = msgspec.structs.replace(took, **{name: new if name == "observed" else [new]})
    return list(warnings(made.groups[0], strategy, [took]))


def test_a_fair_row_has_no_warning() -> None:
    assert warned({}) == []


@pytest.mark.parametrize(
    ("changed", "facts", "text"),
    [
        ({"observed": {"in_flight_max": 7}}, {}, "7 in flight, 10 allowed"),
        ({}, {"loop": "asyncio.unix_events._UnixSelectorEventLoop"}, "asked for the loop of gevent, ran on asyncio"),
        ({}, {"patched": ["socket"]}, "patched by gevent or eventlet, which this strategy does not ask for"),
        ({"rounds": {"peer_cpu_seconds": 0.49}}, {}, "peer-bound: the peer used 98% of a core, the worker 2%"),
        (
            {"observed": {"latency_seconds": msgspec.convert({"p50": 1, "p90": 1, "p99": 1, "max": 1, "mean": 1.0},
                                                             type(sample(0, 0, 1.0).observed.latency_seconds))}},
            {}, "throughput x latency = 20.0, more than the 10 in flight",
        ),
    ],
)  # fmt: skip
def test_each_violated_check_is_a_sentence(changed: dict[str, Any], facts: dict[str, Any], text: str) -> None:
    (found,) = warned(changed, **facts)
    assert text in found


QUIET = Host(0, 0.02, 0.001, 0.5, 0.0, 0.0, 0.0)


def test_a_quiet_machine_is_not_mentioned() -> None:
    assert list(disturbances([QUIET] * 4)) == []
    assert list(disturbances([])) == []


@pytest.mark.parametrize(
    ("disturbed", "text"),
    [
        ({"steal_share": 0.1}, "took up to 10% of the processors"),
        ({"throttled_seconds": 0.5}, "held processes back for 0.5 s"),
        ({"suspended_seconds": 60.0}, "suspended for 60.0 s"),
        ({"stops": 1}, "the run was stopped once, and went on (Ctrl-Z)"),
        ({"loop_seconds": 0.03}, "up to 50% longer than usual"),
    ],
)
def test_each_disturbance_is_a_sentence(disturbed: dict[str, float], text: str) -> None:
    (found,) = disturbances([QUIET, QUIET, QUIET, msgspec.structs.replace(QUIET, **disturbed)])
    assert text in found
