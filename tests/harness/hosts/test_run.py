"""What a run on hosts does when, with hosts of our own in place of others."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.hosts.client import Client, Joined, Wanted
from harness.hosts.kinds import Environment
from harness.hosts.messages import Answered, Busy, Greeting, Measure, Measured, Unable
from harness.hosts.places import Places
from harness.machine.lock import BusyError
from harness.measure.run import Measurement
from harness.measure.unit import Unit
from harness.process.channel import Failure
from harness.process.remote import Gone
from harness.record.checked import fault
from harness.record.plan import Plan
from harness.record.sample import Host, Loss, Sample, Site
from harness.record.store import record_of
from harness.statistics.verdicts import of_group
from tests.builders import header, plan
from tests.harness.hosts.fake import Clock, FakeHost, Hosts, Lines, good, on, places
from tests.harness.measure.fake import Fake

PLAN = msgspec.structs.replace(plan(), blocks=8)


def two_groups(blocks: int) -> Plan:
    other = msgspec.structs.replace(PLAN.groups[0], tasks=20)
    return msgspec.structs.replace(PLAN, groups=[PLAN.groups[0], other], blocks=blocks)


def failing(times: int, answer: Callable[[], Answered]) -> Callable[[FakeHost, Measure], Answered]:
    """Fails so many times, then is as good as others."""
    left = [times]

    def script(host: FakeHost, asked: Measure) -> Answered:
        if left[0]:
            left[0] -= 1
            return answer()
        return good(host, asked)

    return script


def gone() -> Answered:
    raise Gone("the connection broke")


def losses(lines: list[object]) -> list[Loss]:
    return [one for one in lines if isinstance(one, Loss)]


def whole(run: object, lines: list[object], blocks: int, groups: int = 1) -> None:
    """Each block of each group is there once, of one host, and the run is complete."""
    found = places(lines)
    assert set(found) == {(group, block) for group in range(groups) for block in range(blocks)}
    assert all(len(sites) == 1 for sites in found.values())
    many = Counter((one.group, one.strategy, one.block, one.arm) for one in lines if isinstance(one, Sample))
    assert set(many.values()) == {1}
    said = run.end()
    assert (said.status, said.blocks, said.cut_short) == ("complete", blocks, None)


def test_every_block_is_measured_once_and_stored_at_once() -> None:
    run, lines = on(two_groups(6), FakeHost("h1"), FakeHost("h2"))
    run.run()
    whole(run, lines, 6, 2)
    assert [(site.number, site.name) for site in lines if isinstance(site, Site)] == [(0, "h1"), (1, "h2")]
    assert lines.at_once == [4] * 12  # a mark, two rows and a null arm


class TeamOf:
    """A host that others have a part in the blocks of."""

    def __init__(self, one: Client) -> None:
        self._one = one
        self.hang_up, self.close = one.hang_up, one.close

    def bring_up(self) -> Joined:
        joined = self._one.bring_up()
        others = [joined._replace(name=name, greeting=greeting(joined, identity=name)) for name in ("h2", "h3")]
        return joined._replace(others=others)

    def ask(self, asked: Measure, seconds: float) -> Answered:
        answer = self._one.ask(asked, seconds)
        assert isinstance(answer, Measured)
        beside = [msgspec.structs.replace(answer.mark, round_trip_seconds=trip) for trip in (0.001, 0.002)]
        return msgspec.structs.replace(answer, beside=beside)


def greeting(joined: Joined, **changed: object) -> Greeting:
    return msgspec.structs.replace(joined.greeting, **changed)


def test_hosts_that_share_a_block_are_known_with_what_they_were_like() -> None:
    class Team(FakeHost):
        def open(self, wanted: Wanted) -> TeamOf:  # type: ignore[override]
            return TeamOf(super().open(wanted))

    run, lines = on(PLAN, Team("h1"))
    run.run()
    whole(run, lines, 8)
    assert [(site.number, site.name, site.role) for site in lines if isinstance(site, Site)] == [
        (0, "h1", "server"),
        (1, "h2", "generator"),
        (2, "h3", "generator"),
    ]
    marks = [(one.block, one.group, one.site, one.round_trip_seconds) for one in lines if isinstance(one, Host)]
    assert marks == [(block, 0, *of) for block in range(8) for of in ((0, None), (1, 0.001), (2, 0.002))]
    assert {one.site for one in lines if isinstance(one, Sample)} == {0}


def test_a_mark_says_whose_block_it_is_before() -> None:
    run, lines = on(PLAN, FakeHost("h1"))
    run.run()
    marks = [one for one in lines if isinstance(one, Host)]
    assert [(one.group, one.block, one.site) for one in marks] == [(0, block, 0) for block in range(8)]


def test_the_first_block_of_a_group_is_in_before_its_second_is_sent() -> None:
    held = threading.Event()
    seen: list[tuple[int, int]] = []

    def first(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block == 0:
            assert isinstance(asked.piece, Unit)
            assert asked.piece.chooses
            held.wait(0.3)
            seen.append((asked.piece.block, len(other.asked)))
        return good(host, asked)

    other = FakeHost("h2", first)
    run, lines = on(PLAN, FakeHost("h1", first), other)
    run.run()
    assert seen[0] == (0, 0)
    assert len({one.strategy for one in lines if isinstance(one, Sample) and one.arm == "null"}) == 1


def test_a_block_whose_host_goes_is_measured_again() -> None:
    run, lines = on(PLAN, FakeHost("h1", failing(1, gone)), FakeHost("h2"))
    run.run()
    whole(run, lines, 8)
    assert [(one.host, one.reason, one.group) for one in losses(lines)] == [("h1", "the connection broke", 0)]


def test_a_host_that_comes_back_takes_part_under_its_number() -> None:
    host = FakeHost("h1", failing(2, gone))
    run, lines = on(PLAN, host)
    run.run()
    whole(run, lines, 8)
    assert host.opened == 3
    assert [one.number for one in lines if isinstance(one, Site)] == [0]


def test_three_failures_in_a_row_are_the_end_of_a_host() -> None:
    host = FakeHost("h1", failing(99, lambda: Unable("no descriptors")))
    run, lines = on(PLAN, host, FakeHost("h2"))
    run.run()
    whole(run, lines, 8)
    assert len(host.asked) <= 3
    if len(host.asked) == 3:
        assert losses(lines)[-1] == Loss("h1", "3 failures in a row, the last: no descriptors")


def test_the_last_host_gone_ends_the_run_and_says_so() -> None:
    host = FakeHost("h1", lambda host, asked: good(host, asked) if asked.piece.block < 3 else gone())
    run, lines = on(PLAN, host)
    run.run()
    assert set(places(lines)) == {(0, 0), (0, 1), (0, 2)}
    said = run.end()
    assert (said.status, said.blocks) == ("partial", 3)
    assert said.cut_short == "no host is left (h1: the connection broke)"


def test_where_others_may_join_the_end_is_waited_for() -> None:
    """By a clock of its own: nobody joins, and the run ends when its patience does."""
    host = FakeHost("h1", lambda host, asked: good(host, asked) if asked.piece.block < 3 else gone())
    clock = Clock()
    run, lines = on(PLAN, source=Hosts(host, grows=True), clock=clock, patience=2.0)
    run.run()
    assert run.end().cut_short
    assert len(places(lines)) == 3


def test_one_that_joins_late_takes_part() -> None:
    source = Hosts(FakeHost("h1"), grows=True)
    late = FakeHost("h2")

    def script(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block == 2:
            source.join(late)
        if asked.piece.block > 2:
            threading.Event().wait(0.05)
        return good(host, asked)

    source.hosts[0].script = script
    run, lines = on(PLAN, source=source)
    run.run()
    whole(run, lines, 8)
    assert late.asked


def test_two_of_one_machine_are_one_host() -> None:
    run, lines = on(PLAN, FakeHost("h1", identity="same"), FakeHost("h2", identity="same"))
    run.run()
    whole(run, lines, 8)
    assert losses(lines) == [Loss("h2", "it is the same machine as h1, and one of them is used")]


@pytest.mark.parametrize(("mixed", "sites"), [(False, 2), (True, 3)])
def test_kinds_are_pooled_where_that_is_asked_for(mixed: bool, sites: int) -> None:
    hosts = FakeHost("h1", cpu_model="B"), FakeHost("h2"), FakeHost("h3")
    run, lines = on(PLAN, *hosts, mixed=mixed)
    run.run()
    whole(run, lines, 8)
    assert len([one for one in lines if isinstance(one, Site)]) == sites
    said = "it is another kind of host (processor B, elsewhere A): --mixed-hosts pools them"
    assert losses(lines) == ([] if mixed else [Loss("h1", said)])


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (Environment("3.12.1", "cpython", {}), "Python 3.12.1, here Python 3.11.7"),
        (Environment("3.11.7", "cpython", {"gevent": "1", "msgspec": "0.22.0"}), "gevent 1, here 26.9.0"),
        (Environment("3.11.7", "cpython", {"msgspec": "0.22.0"}), "gevent is not there, here 26.9.0"),
    ],
)
def test_what_is_installed_has_to_be_the_same(environment: Environment, said: str) -> None:
    run, lines = on(PLAN, FakeHost("h1", environment=environment), FakeHost("h2"))
    run.run()
    whole(run, lines, 8)
    (loss,) = losses(lines)
    assert loss.reason == f"{said}: make its environment the same, or have --install do it"


def test_where_no_host_can_be_used_each_says_why() -> None:
    unreachable = FakeHost("h1")
    unreachable.unreachable = "ssh: Could not resolve hostname h1"
    run, _ = on(PLAN, unreachable, FakeHost("h2", environment=Environment("3.9.2", "cpython", {})))
    with pytest.raises(HarnessError, match=r"^--on: no host can be used: ") as wrong:
        run.run()
    assert "h1: ssh: Could not resolve hostname h1" in str(wrong.value)
    assert "h2: Python 3.9.2, here Python 3.11.7" in str(wrong.value)


def test_a_busy_host_is_asked_again_and_others_go_on() -> None:
    busy = FakeHost("h1", failing(2, lambda: Busy("another run is measuring (pid 31)")))
    run, lines = on(PLAN, busy, FakeHost("h2"), wait=True, clock=Clock())
    run.run()
    whole(run, lines, 8)
    assert losses(lines) == []


def test_where_all_are_busy_nobody_waits_unasked() -> None:
    run, _ = on(PLAN, FakeHost("h1", failing(99, lambda: Busy("another run is measuring (pid 31)"))))
    with pytest.raises(BusyError, match=r"h1: another run is measuring \(pid 31\); --wait SECONDS"):
        run.run()


def test_one_that_is_busy_from_the_start_leaves_no_trace() -> None:
    run, lines = on(PLAN, FakeHost("h1", busy="another run is measuring (pid 31)"))
    with pytest.raises(BusyError, match=r"h1: another run is measuring \(pid 31\); --wait SECONDS"):
        run.run()
    assert lines == []


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lambda said: {"samples": [replace(one, block=one.block + 1) for one in said.samples]}, "of another block"),
        (lambda said: {"samples": said.samples[1:]}, "of another block"),
        (lambda said: {"samples": [*said.samples, said.samples[0]]}, "strategy 0, block 0, arm row is there 2 times"),
        (lambda said: {"samples": [replace(one, rounds=[]) for one in said.samples]}, "rounds: none, though it is ok"),
        (lambda said: {"samples": [replace(one, facts={"gil": []}) for one in said.samples]}, "facts: gil: expected"),
        (lambda said: {"beside": [said.mark]}, "of 2 hosts in place of 1"),
    ],
)
def test_an_answer_that_a_record_cannot_have_is_none(lie: Callable[[Measured], dict[str, Any]], said: str) -> None:
    def liar(host: FakeHost, asked: Measure) -> Answered:
        answer = good(host, asked)
        assert isinstance(answer, Measured)
        return replace(answer, **lie(answer))

    run, lines = on(PLAN, FakeHost("h1", liar), FakeHost("h2"))
    run.run()
    whole(run, lines, 8)
    assert {site for sites in places(lines).values() for site in sites} == {1}
    assert said in losses(lines)[0].reason
    assert fault(record_of(replace(header(), plan=PLAN), lines)) is None


def breaking(after: int) -> Callable[[FakeHost, Measure], Answered]:
    """The second row fails from some block on."""

    def script(host: FakeHost, asked: Measure) -> Answered:
        if asked.piece.block >= after:
            host.executor.broken["start"] = Failure("failed", "OSError: the disk is full")
        return good(host, asked)

    return script


def test_a_row_that_fails_on_one_host_is_measured_on_the_others() -> None:
    run, lines = on(PLAN, FakeHost("h1"), FakeHost("h2", breaking(0)))
    run.run()
    whole(run, lines, 8)
    assert {one.status for one in lines if isinstance(one, Sample)} == {"ok"}
    name = PLAN.strategies[1].name
    assert losses(lines)[0].host == "h2"
    assert losses(lines)[0].reason == f"{name}, which runs elsewhere: OSError: the disk is full"


def test_a_row_that_fails_on_all_hosts_is_lost_and_the_hosts_are_not() -> None:
    run, lines = on(PLAN, FakeHost("h1", breaking(3)), FakeHost("h2", breaking(3)))
    run.run()
    assert run.end().status == "partial"
    assert run.end().cut_short is None
    assert set(places(lines)) == {(0, block) for block in range(8)}
    assert {one.strategy for one in lines if isinstance(one, Sample) and one.status != "ok"} == {1}
    assert all(one.block is not None for one in losses(lines))


@pytest.mark.parametrize("facts", [{"cpu_model": []}, {"cores": -1}, {"shell": {"nice": "very"}}])
def test_a_host_whose_facts_a_record_cannot_have_is_left_out(facts: dict[str, Any]) -> None:
    run, lines = on(PLAN, FakeHost("h1", **facts), FakeHost("h2"))
    run.run()
    whole(run, lines, 8)
    (loss,) = losses(lines)
    assert loss.host == "h1"
    assert loss.reason.startswith("what it says of itself cannot be: ")


def test_a_precise_run_stops_at_the_same_block_as_on_one_machine() -> None:
    made = msgspec.structs.replace(PLAN, blocks=40, precision=0.01)
    run, _ = on(made, FakeHost("h1"))
    run.run()
    here = Measurement(made, Lines(), lambda text: None, Fake())
    here.run()
    assert run.blocks == here.blocks < 40
    assert run.end().status == "complete"


def test_what_was_in_flight_when_there_was_enough_may_undo_it() -> None:
    looks = itertools.count(1)
    run, lines = on(PLAN, FakeHost("h1"), FakeHost("h2"), enough=lambda *_: next(looks) == 4)
    run.run()
    whole(run, lines, 8)


def test_what_is_resumed_has_its_gaps_measured() -> None:
    before, lines = on(PLAN, FakeHost("h1"), FakeHost("h2"))
    before.run()
    kept = [one for one in lines if not isinstance(one, Sample) or one.block not in (1, 5, 6, 7)]
    record = record_of(msgspec.structs.replace(header(), plan=PLAN), kept)
    host = FakeHost("h3")
    run, more = on(PLAN, host, resumed=record)
    run.run()
    assert sorted(block for _, block in host.asked) == [1, 5, 6, 7]
    assert [site.number for site in more if isinstance(site, Site)] == [2]
    whole(run, [*kept, *more], 8)


def test_no_host_weighs_more_than_another() -> None:
    slow = threading.Event()

    def waits(host: FakeHost, asked: Measure) -> Answered:
        slow.wait(0.02)
        return good(host, asked)

    run, lines = on(PLAN, FakeHost("h1"), FakeHost("h2", waits))
    run.run()
    record = record_of(msgspec.structs.replace(header(), plan=PLAN), lines)
    counted = Counter(one.site for one in record.samples if one.arm == "row" and one.strategy == 0)
    assert len(set(counted.values())) == 1
    assert len(record.every) == 8 * 3
    assert of_group(PLAN, record.samples, 0).rows[1].blocks == sum(counted.values())


def test_places_go_by_block_and_wait_for_each_groups_first() -> None:
    found = Places(2)
    assert found.next([0, 1], 3) == (0, 0)
    found.fly(0, 0)
    assert found.next([0, 1], 3) == (1, 0)
    found.fly(1, 0)
    assert found.next([0, 1], 3) is None
    assert found.accept(1, 0, 0, 2.0)
    assert not found.accept(1, 0, 0, 2.0)
    assert found.next([0, 1], 3) == (1, 1)
    found.again(0, 0)
    assert found.next([0, 1], 3) == (0, 0)
    found.fly(1, 1)
    assert found.accept(1, 1, 0, 1.0)
    assert found.next([1], 4, site=0, hosts=2) is None
    assert found.next([1], 4, site=1, hosts=2) == found.next([1], 4, site=0, hosts=1) == (1, 2)
    assert found.longest(0) == found.longest(7) == found.longest_of(1) == 2.0
