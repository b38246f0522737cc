"""Whether hosts agree, of which an estimate is pooled."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from harness.document.hosts import said
from harness.document.make import document
from harness.document.run import Spread
from harness.record.plan import Plan
from harness.record.sample import End, Host, Loss, Sample, Site
from harness.record.store import record_of
from harness.report.screen import screen
from harness.report.table import tables
from harness.statistics.hosts import disagreements
from tests.builders import header, plan, sample
from tests.records import server

PLAN: Plan = msgspec.structs.replace(plan(), blocks=20)
NAMES = {0: "h1", 1: "h2"}


def of_two(blocks: int, second: float, seed: int = 1, deviation: float = 0.01) -> list[Sample]:
    """Rows of two hosts, whose ratios are 1.2 and 1.2 times `second`."""
    noise, taken = np.random.default_rng(seed), []
    for block in range(2 * blocks):
        ratio = 1.2 * (second if block % 2 else 1.0) * float(np.exp(noise.normal(0.0, deviation)))
        both = [sample(0, block, 1.0), sample(1, block, ratio)]
        taken += [msgspec.structs.replace(one, site=block % 2) for one in both]
    return taken


def test_hosts_whose_intervals_lie_apart_disagree() -> None:
    (text,) = disagreements(PLAN, of_two(10, 1.5), 0, 1, NAMES)
    assert text.startswith("hosts disagree: x 1.1")
    assert " on h1, 1." in text
    assert text.endswith(" on h2")


def test_hosts_that_are_alike_seldom_do() -> None:
    found = sum(bool(list(disagreements(PLAN, of_two(10, 1.0, seed), 0, 1, NAMES))) for seed in range(200))
    assert found <= 4  # under 1 % by simulation


@pytest.mark.parametrize(("blocks", "found"), [(5, 0), (6, 1)])
def test_a_host_with_few_blocks_is_not_looked_at(blocks: int, found: int) -> None:
    assert len(list(disagreements(PLAN, of_two(blocks, 3.0), 0, 1, NAMES))) == found


@pytest.mark.parametrize(("sites", "said_of_it"), [(1, "it broke"), (2, "it broke (on h2)")])
def test_a_row_that_failed_says_on_which_of_several_hosts(sites: int, said_of_it: str) -> None:
    lost = msgspec.structs.replace(sample(1, 1, 1.0), status="failed", reason="it broke", rounds=[], site=sites - 1)
    there = [Site(number, f"h{number + 1}", f"{number}", {}) for number in range(sites)]
    record = record_of(msgspec.structs.replace(header(), plan=PLAN), [*there, lost])
    assert document(record).groups[0].rows[1].reason == said_of_it


def test_a_document_says_where_load_came_from_and_what_the_path_was() -> None:
    facts = {"machine_key": "m"}
    sites = [
        Site(0, "h1", "a", facts, role="server"),
        Site(1, "h2", "b", facts, role="generator"),
        Site(2, "h3", "c", facts, role="generator"),
    ]
    one = server()
    marks = [
        Host(block, 0.01, 0.001, 0.5, 0.0, 0.0, 0.0, group=0, site=site, round_trip_seconds=trip * (1 + block % 3))
        for block in range(3)
        for site, trip in ((0, None), (1, 0.001), (2, 0.004))
        if trip
    ]
    made = document(msgspec.structs.replace(one, sites=sites, marks=marks))
    assert made.about_hosts == [f"blocks by host: h1 ({made.hosts[0].blocks})", "load came from h2, h3"]
    assert [host.role for host in made.hosts] == ["server", "generator", "generator"]
    trips = made.groups[0].round_trip_seconds
    assert trips == {"h2": Spread(0.002, 0.001, 0.003), "h3": Spread(0.008, 0.004, 0.012)}
    said_of_it = "a round trip took 2 ms from h2, 8 ms from h3 (TCP, before each block)"
    assert said_of_it in tables(made)
    assert said_of_it in " ".join(screen(made).split())


def test_a_document_says_what_hosts_did() -> None:
    facts = {"machine_key": "m"}
    sites = [Site(0, "h1", "a", facts), Site(1, "h2", "b", facts, 3600.0)]
    odd = [msgspec.structs.replace(one, block=one.block + 20, site=0) for one in of_two(1, 1.0)[:2]]
    used = Host(1, 0.01, 0.001, 0.5, 0.0, 0.0, 0.0, 1.0, group=0, site=1, engine_seconds=0.5)
    timed = [
        msgspec.structs.replace(one, rounds=[msgspec.structs.replace(done, at_seconds=2.0) for done in one.rounds])
        for one in of_two(10, 1.5)
    ]
    losses = [
        Loss("h2", "it left"), Loss("h2", "it is back", is_back=True), Loss("h2", "it broke", 0, 1),
        Loss("h3", "Python 3.9"),
    ]  # fmt: skip
    lines = [*sites, used, *timed, *odd, *losses, End("complete", 20, {"all": 9.0})]
    record = record_of(msgspec.structs.replace(header(), plan=PLAN), lines)
    texts = list(said(record))
    assert texts[:6] == [
        "blocks by host: h1 (11), h2 (10)",
        "1 of these blocks stand aside: rows are of equally many blocks of each host",
        "h2 was left out for a while: it left",
        "h2 lost block 2 of sleep, which was measured again: it broke",
        "h3 was left out: Python 3.9",
        "the clock of h2 is +3,600 s off, on which no number depends",
    ]
    assert texts[6].startswith("what brings the blocks to h2 used ")
    made = document(record)
    assert [one.blocks for one in made.hosts] == [11, 10]
    (group,) = made.groups
    assert [row.hosts for row in group.rows] == [2, 2]
    assert any(text.startswith("hosts disagree") for text in group.rows[1].warnings)
