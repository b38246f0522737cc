"""Which experiments have to run yet."""

from __future__ import annotations

import pytest

from harness.properties.asking import Asking
from harness.properties.cells import NOT_YET, disturbances, listed
from harness.properties.experiments import FIXED, OWN_SLEEP, SWITCH, TASK, Experiment, crowds, taking_turns, waiting
from harness.properties.judge import Case
from harness.properties.kept import Found
from harness.record.plan import PlannedStrategy
from tests.harness.properties.made import case, failed, taken

ONE, THREADED = PlannedStrategy("one", "a:B"), PlannedStrategy("threaded", "a:C", threads_per_task=1)
PLENTY = 100_000


def known(strategy: PlannedStrategy, *crowd: tuple[Experiment, Case], sleep: Case | None = None) -> Found:
    """All that is fixed, and some crowds."""
    cases = dict.fromkeys(FIXED, case(0.01)) | {OWN_SLEEP: sleep or case(0.01)} | dict(crowd)
    return {(experiment.name, strategy.name): taken(one) for experiment, one in cases.items()}


def test_what_nobody_measured_lacks_all_and_the_crowd_comes_after_the_sleep() -> None:
    assert Asking([ONE, THREADED], PLENTY).lacking({}) == {experiment: [ONE, THREADED] for experiment in FIXED}


@pytest.mark.parametrize(
    ("strategy", "sleep", "crowd"),
    [
        (ONE, case(0.01), waiting(10_000)),
        (ONE, case(0.1), taking_turns(10_000)),
        (ONE, failed(), taking_turns(10_000)),
        (THREADED, case(0.01), waiting(1_000)),
    ],
)
def test_a_crowd_waits_where_its_tasks_wait_at_once(strategy: PlannedStrategy, sleep: Case, crowd: Experiment) -> None:
    assert Asking([strategy], PLENTY).lacking(known(strategy, sleep=sleep)) == {crowd: [strategy]}


def test_a_crowd_that_failed_is_tried_smaller_and_said() -> None:
    asking = Asking([ONE], PLENTY)
    found = known(ONE, (waiting(10_000), failed()))
    assert asking.lacking(found) == {waiting(1_000): [ONE]}
    found |= known(ONE, (waiting(10_000), failed()), (waiting(1_000), case(1.0, tasks=1000)))
    assert asking.lacking(found) == {}
    cell = listed(ONE, asking, found).properties["most-tasks"]
    assert (cell.finding.value, cell.command) == (1000, waiting(1_000).command("one"))
    assert cell.failed == ["10 tasks failed: it fell over"]  # of the case's group


def test_when_the_least_crowd_fails_that_is_the_answer() -> None:
    crowd = [(waiting(size), failed()) for size in (10_000, 1_000, 100)]
    assert Asking([ONE], PLENTY).lacking(known(ONE, *crowd)) == {}
    cell = listed(ONE, Asking([ONE], PLENTY), known(ONE, *crowd)).properties["memory"]
    assert (cell.finding.status, len(cell.failed)) == ("failed", 2)


@pytest.mark.parametrize(("threads", "sizes"), [(1050, [1000, 100]), (1049, [100]), (149, [100])])
def test_threads_are_no_more_than_the_machine_allows(threads: int, sizes: list[int]) -> None:
    assert [one.tasks for one in crowds(True, 1, threads)] == sizes
    assert [one.tasks for one in crowds(True, 0, threads)] == [10_000, 1_000, 100]


def test_what_was_interrupted_says_so_with_the_commands_that_are_known() -> None:
    properties = listed(ONE, Asking([ONE], PLENTY), {}).properties
    assert {cell.finding for cell in properties.values()} == {NOT_YET}
    assert properties["threads"].command == "python -m harness run -s one -W sleep --blocks 1 -r 3"
    assert properties["memory"].command is None


def test_what_disturbed_the_costs_is_said_once() -> None:
    noisy = {(one.name, name): taken(case(0.01), "noise") for one in (SWITCH, TASK) for name in ("one", "two")}
    assert disturbances(noisy) == ["noise"]
    assert disturbances({(OWN_SLEEP.name, "one"): taken(case(0.01), "noise")}) == []


def test_a_strategy_that_cannot_be_used_has_its_reason_and_no_properties() -> None:
    absent = PlannedStrategy("absent", "a:D", status="unavailable", reason="needs nosuch (pip install nosuch)")
    said = listed(absent, Asking([], PLENTY), {})
    assert (said.status, said.reason, said.properties) == ("unavailable", "needs nosuch (pip install nosuch)", {})
