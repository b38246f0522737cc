"""From a request to a plan, with answers of our own in place of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest

from harness.errors import HarnessError
from harness.machine.limits import Limits, excesses
from harness.plan import make as plan
from harness.plan.make import Question
from harness.plan.request import Request
from harness.process.channel import Failure
from harness.record.plan import PlannedGroup, PlannedStrategy, Variant
from harness.strategies import BUILT_IN
from harness.worker.messages import DescribeStrategy, DescribeWorkload, StrategyDescribed, WorkloadDescribed

ROOMY = Limits(descriptors=100_000, threads=100_000, ports=28_232)


Described = StrategyDescribed | WorkloadDescribed | Failure


def describe(asked: Sequence[Question], variant: Variant | None) -> list[Described]:
    """Every strategy is a threaded one; every workload has the option seconds and two sockets a task."""
    return [described(one) for one in asked]


def described(one: Question) -> Described:
    if isinstance(one, DescribeStrategy):
        return StrategyDescribed("", None, 1, None, False)
    tasks = one.tasks or 20
    sizes = {"tasks": tasks, "concurrency": one.concurrency or tasks}
    case = {"options": {}, "floor_seconds": None, "sockets_per_task": 2, "peer_module": "x"} | sizes
    return WorkloadDescribed("", {"seconds": 1}, [case])


def without(place: Variant | None, asked: Sequence[Question], variant: Variant | None) -> list[Described]:
    """The same, with strategies that are to be had in one variant alone."""
    missing = Failure("unavailable", "needs trio")
    lacks = variant != place
    return [missing if isinstance(one, DescribeStrategy) and lacks else described(one) for one in asked]


def test_all_means_every_strategy_once_and_the_first_is_the_reference() -> None:
    made = plan.make(Request(strategies=["gevent,all"]), describe, ROOMY)
    names = [strategy.name for strategy in made.strategies]
    assert names[0] == made.reference == "gevent"
    assert len(names) == len(set(names)) == len(BUILT_IN)
    assert [group.workload for group in made.groups] == ["sleep", "http", "echo"]


def test_workloads_may_stand_between_commas() -> None:
    made = plan.make(Request(workloads=["noop,sleep", "sleep"]), describe, ROOMY)
    assert [group.workload for group in made.groups] == ["noop", "sleep"]


def test_blocks_are_bounded_by_time_only_where_nobody_says_how_many() -> None:
    assert plan.make(Request(), describe, ROOMY).max_time == 60
    assert plan.make(Request(precision=0.01), describe, ROOMY).max_time == 300
    assert plan.make(Request(blocks=3), describe, ROOMY).max_time is None
    assert plan.make(Request(blocks=3, max_time=5.0), describe, ROOMY).max_time == 5


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Request(strategies=["gevnt"]), "Did you mean gevent"),
        (Request(options=["nosuch=1"]), "unknown option 'nosuch': sleep has seconds"),
        (Request(concurrency=21), "more than the 20 tasks of sleep"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(request_: Request, text: str) -> None:
    with pytest.raises(HarnessError, match=text) as refused:
        plan.make(request_, describe, ROOMY)
    assert "\n" not in str(refused.value)
    assert refused.value.status == 2


def test_a_fresh_run_has_one_round_in_each_of_more_workers_and_no_warm_up() -> None:
    made = plan.make(Request(fresh=True), describe, ROOMY)
    assert (made.fresh, made.rounds, made.warmup, made.blocks) == (True, 1, 0, 20)
    asked = plan.make(Request(fresh=True, warmup=2, blocks=4), describe, ROOMY)
    assert (asked.rounds, asked.warmup, asked.blocks) == (1, 2, 4)


def test_other_runs_warm_up_once_unless_they_are_told_not_to() -> None:
    usual = plan.make(Request(), describe, ROOMY)
    assert (usual.fresh, usual.rounds, usual.warmup, usual.blocks) == (False, None, 1, 10)
    assert plan.make(Request(warmup=0), describe, ROOMY).warmup == 0


def test_a_library_that_only_a_variant_has_is_found_there() -> None:
    with_trio = Variant("new", "pip:trio", python="/env/bin/python")

    def only_there(asked: Sequence[Question], variant: Variant | None) -> list[Described]:
        return without(with_trio, asked, variant)

    arms = plan.make(Request(strategies=["trio"]), only_there, ROOMY, [with_trio, Variant("base", "git:main")])
    assert [(arm.name, arm.status) for arm in arms.strategies] == [("trio@new", "ok"), ("trio@base", "unavailable")]


@pytest.mark.parametrize(("request_", "tasks"), [(Request(), 1), (Request(concurrency=5), 5), (Request(tasks=7), 7)])
def test_a_workload_that_says_of_itself_what_cannot_be_is_lost_and_no_other(request_: Request, tasks: int) -> None:
    def odd(asked: Sequence[Question], variant: Variant | None) -> list[Described]:
        answers = [described(one) for one in asked]
        for one, answer in zip(asked, answers, strict=True):
            if isinstance(answer, WorkloadDescribed) and one.target.endswith(":Noop"):
                answer.cases[0]["floor_seconds"] = -1.0
        return answers

    made = plan.make(replace(request_, workloads=["noop", "sleep"]), odd, ROOMY)
    lost, other = made.groups
    assert (lost.status, other.status) == ("failed", "ok")
    assert lost.reason == "its answer was unusable: Expected `float` >= 0.0 - at `$.floor_seconds`"
    assert (lost.tasks, lost.concurrency) == (tasks, tasks)


def test_a_missing_library_is_a_strategy_of_the_plan_with_a_reason() -> None:
    def no_trio(asked: Sequence[Question], variant: Variant | None) -> list[Described]:
        missing = Failure("unavailable", "needs trio")
        return [missing if one.target == "harness.strategies.trio:Trio" else described(one) for one in asked]

    made = plan.make(Request(strategies=["gevent", "trio"]), no_trio, ROOMY)
    assert [(strategy.name, strategy.status) for strategy in made.strategies] == [
        ("gevent", "ok"),
        ("trio", "unavailable"),
    ]


GROUP = PlannedGroup("echo", "x:Y", {}, 10_000, 10_000, sockets_per_task=1, peer_module="p")


@pytest.mark.parametrize(
    ("limits", "sums"),
    [
        (Limits(1024, 1 << 20, 1 << 20), ["10,000 + 50 = 10,050 file descriptors, the limit is 1,024"]),
        (Limits(1 << 20, 1 << 20, 9_999), ["10,000 ports to one address, the range has 9,999"]),
        (Limits(1 << 20, 10_000, 1 << 20), ["under threads needs 10,000 + 50 = 10,050 threads, the limit is 10,000"]),
        (Limits(10_050, 10_050, 10_000), []),
    ],
)
def test_limits_are_checked_with_the_sum(limits: Limits, sums: list[str]) -> None:
    strategies = [PlannedStrategy("asyncio", "a:A"), PlannedStrategy("threads", "t:T", threads_per_task=1)]
    found = list(excesses(GROUP, strategies, limits))
    assert len(found) == len(sums)
    assert all(text in sentence for text, sentence in zip(sums, found, strict=True))


def test_a_pool_is_what_the_limits_are_checked_with() -> None:
    limits = Limits(100_000, 1_000, 100_000)
    group = PlannedGroup("sleep", "e:F", {"pool": 10}, 5000, 5000, of_strategies=["pool"])
    threads = PlannedStrategy("thread-pool", "t:T", threads_per_task=1, options=["pool"])
    processes = PlannedStrategy("processes", "p:P", options=["pool"])
    assert list(excesses(group, [threads, processes], limits)) == []
    large = msgspec.structs.replace(group, options={"pool": 2000})
    said = list(excesses(large, [threads, processes], limits))
    assert "under thread-pool needs 2,000 + 50 = 2,050 threads, the limit is 1,000" in said[0]
    assert (
        said[1]
        == "-P pool=2000 under processes needs 2,000 + 50 = 2,050 processes, the limit is 1,000: write a smaller one"
    )


@pytest.mark.parametrize(
    ("processes", "limits", "sums"),
    [
        (4, Limits(10_050, 10_200, 1 << 20), []),
        (4, Limits(10_050, 10_199, 1 << 20), ["under threads needs 10,000 + 200 = 10,200 threads"]),
        (2000, Limits(20_000, 1 << 20, 1 << 20), ["strategies of 2,000 processes each side by side need 30,010 file"]),
        (300, Limits(1 << 20, 14_999, 1 << 20), ["-P processes=300 needs 300 x 50 = 15,000 threads", "under threads"]),
    ],
)
def test_a_server_of_several_processes_is_checked_with_all_of_them(
    processes: int, limits: Limits, sums: list[str]
) -> None:
    strategies = [PlannedStrategy("asyncio", "a:A"), PlannedStrategy("threads", "t:T", threads_per_task=1)]
    group = msgspec.structs.replace(GROUP, peer_module=None, serves=True, processes=processes)
    found = list(excesses(group, strategies, limits))
    assert len(found) == len(sums)
    assert all(text in sentence for text, sentence in zip(sums, found, strict=True))


@pytest.mark.parametrize(
    ("generators", "limits", "sums"),
    [
        (2, Limits(1 << 20, 1 << 20, 1 << 20), []),
        (10_000, Limits(1 << 20, 1 << 20, 1 << 20), []),
        (10_001, Limits(1 << 20, 1 << 20, 1 << 20), ["generators=10001 is more than the connections of echo, 10,000:"]),
        (3_000, Limits(15_014, 1 << 20, 1 << 20), ["side by side need 15,015 file descriptors of ours"]),
        (300, Limits(1 << 20, 14_999, 1 << 20), ["-P generators=300 needs 300 x 50 = 15,000 threads"]),
    ],
)
def test_several_generators_are_checked_with_all_of_them(generators: int, limits: Limits, sums: list[str]) -> None:
    group = msgspec.structs.replace(GROUP, peer_module=None, serves=True, generators=generators)
    found = list(excesses(group, [PlannedStrategy("asyncio", "a:A")], limits))
    assert len(found) == len(sums)
    assert all(text in sentence for text, sentence in zip(sums, found, strict=True))


def test_generators_have_hosts_of_their_own() -> None:
    def serving(asked: Sequence[Question], variant: Variant | None) -> list[Described]:
        return [one if isinstance(one, StrategyDescribed) else of_servers(one) for one in describe(asked, variant)]

    def of_servers(one: Described) -> Described:
        assert isinstance(one, WorkloadDescribed)
        demand = {"messages": 1, "seconds": 1.0, "rate": 0.0, "ramp": 0.0, "patience": 0.0}
        case = one.cases[0] | {"peer_module": None, "serves": True, "demand": demand, "generators": 2}
        return WorkloadDescribed("", one.known, [case])

    hosts = {"server_on": "h1", "load_from": "h2,h3"}
    made = plan.make(Request(strategies=["gevent"], workloads=["echo"], **hosts), serving, ROOMY)
    assert (made.server_on, made.load_from, made.pin) == ("h1", ["h2", "h3"], "none")
    assert [group.generators for group in made.groups] == [4]
    few = Request(strategies=["gevent"], workloads=["echo"], tasks=3, **hosts)
    with pytest.raises(HarnessError, match="--load-from: 4 generators are more than the connections of echo, 3:"):
        plan.make(few, serving, ROOMY)
    with pytest.raises(HarnessError, match="--server-on is for servers: -W echo -P side=server"):
        plan.make(Request(strategies=["gevent"], workloads=["sleep"], **hosts), describe, ROOMY)


def test_what_is_wrong_with_one_of_several_points_is_said_of_it_alone() -> None:
    def knows(asked: Sequence[Question], variant: Variant | None) -> list[Described]:
        wrong = Failure("usage", "n is at most 5")
        return [wrong if isinstance(one, DescribeWorkload) and one.tasks == 6 else described(one) for one in asked]

    requests = [Request(workloads=["sleep"], tasks=tasks) for tasks in (5, 6)]
    good, lost = plan.more(requests, [], knows)
    assert (good.status, lost.status, lost.reason) == ("ok", "failed", "n is at most 5")
