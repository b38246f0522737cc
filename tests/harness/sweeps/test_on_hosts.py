"""A sweep on hosts, with hosts of our own in place of others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import msgspec

from harness.hosts.crew import Crew
from harness.hosts.fleet import Fleet
from harness.hosts.gather import gathered
from harness.hosts.messages import Answered, Measure, Measured
from harness.measure.across import Across, across
from harness.measure.ledger import Ledger
from harness.process.remote import Gone
from harness.record.plan import Plan
from harness.record.sample import Host, Loss, Record, Sample
from harness.record.store import record_of
from harness.sweeps import answer
from harness.sweeps.axes import first_points
from harness.sweeps.on_hosts import SweepingOnHosts
from tests.builders import header
from tests.harness.hosts.fake import WANTED, FakeHost, Hosts, Lines
from tests.harness.sweeps.simulated import TASKS, Scripted, group, plan

CROSS = [lambda n: 100 + 5 * n, lambda n: 400 + 1 * n]  # at 75


def measures(made: Plan) -> Callable[[FakeHost, Measure], Answered]:
    """A host whose rounds take what the scripts say."""
    ground = Scripted(made, CROSS, 0.01)

    def script(host: FakeHost, asked: Measure) -> Answered:
        kept: list[Sample] = []
        assert isinstance(asked.piece, Across)
        across(asked.plan, asked.piece, ground, kept.append, Ledger(), lambda text: None)
        return Measured(Host(asked.piece.block, 0.01, 0.001, 0.5, 0.0, 0.0, 0.0, asked.at_seconds), kept, 0)

    return script


def swept(made: Plan, *hosts: FakeHost) -> Record:
    lines = Lines()
    with Crew(Hosts(*hosts), WANTED, pauses=(0.0, 0.0)) as crew:
        fleet = Fleet(crew, gathered(crew, lambda text: None, waits=False), [], lines, lambda text: None)
        run = SweepingOnHosts(
            made, lines, lambda text: None, first_points([TASKS]), lambda at: group([TASKS], at), (), fleet
        )
        run.run()
    lines.append(run.end())
    return record_of(msgspec.structs.replace(header(), plan=made), lines)


def test_two_hosts_find_the_crossing_and_each_block_is_there_once() -> None:
    made = plan([TASKS], ["low", "high"])
    found = swept(made, *(FakeHost(name, measures(made)) for name in ("h1", "h2")))
    said = answer.of(found)
    (one,) = said.crossovers
    assert one.low <= 75 <= one.high < 1.5 * one.low
    assert (said.status, len(said.hosts), sum(host.blocks for host in said.hosts)) == ("complete", 2, said.blocks)
    assert max(Counter((s.group, s.strategy, s.block) for s in found.samples).values()) == 1
    assert all(host.blocks > 1 for host in said.hosts)
    watched = Counter((s.group, s.strategy) for s in found.samples if s.observed)
    assert set(watched.values()) == {1}


def test_a_block_whose_host_has_gone_is_measured_by_another() -> None:
    made = plan([TASKS], ["low", "high"])
    good = measures(made)

    def leaves(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block > 2:
            raise Gone("it left")
        return good(host, asked)

    found = swept(made, FakeHost("h1", leaves), FakeHost("h2", good))
    lost = [one for one in found.losses if one.block is not None]
    assert lost
    assert isinstance(lost[0], Loss)
    assert {one.block for one in lost} <= {one.block for one in found.samples}
    assert answer.of(found).status == "complete"


def test_where_no_host_is_left_the_answer_is_of_what_is_known() -> None:
    made = plan([TASKS], ["low", "high"])
    good = measures(made)

    def leaves(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block > 1:
            raise Gone("it left")
        return good(host, asked)

    found = swept(made, FakeHost("h1", leaves))
    said = answer.of(found)
    assert (said.status, said.cut_short) == ("partial", said.open[0])
    assert said.open[0] == "no host is left (h1: it left)"
    reasons = {one.reason for one in found.samples if one.status != "ok"}
    assert reasons == {"not measured: no host is left (h1: it left)"}
    assert not said.stops
    assert sum(math.isfinite(point.seconds["low"].median) for point in said.points if point.seconds) == 2
