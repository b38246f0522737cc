"""Each row of a group against each."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.document.make import document
from harness.document.run import Group
from harness.record.plan import PlannedStrategy
from harness.record.sample import Sample
from harness.statistics.early import LEAST
from harness.statistics.pairwise import compete, leading, the_best, versus_best
from harness.statistics.verdicts import Arms, Verdicts
from tests.builders import JITTER, plan, sample
from tests.records import record

VERDICTS = Verdicts(Arms({}, 0, {}, None, [], {}), {}, None, {})
NAMES = ("sequential", "gevent", "threads", "trio")


def group(times: dict[int, float], changes: dict[int, dict[str, Any]] | None = None, **strategy: Any) -> Group:
    """Eight blocks of strategies that take such times; what changes of their samples, and of the first strategy."""
    strategies = [PlannedStrategy(name, "a:B") for name in NAMES[: len(times)]]
    strategies[0] = msgspec.structs.replace(strategies[0], **strategy)
    taken = [
        msgspec.structs.replace(one, **(changes or {}).get(place, {}))
        for place, seconds in times.items()
        for block, jitter in enumerate(JITTER)
        for one in [twice(sample(place, block, seconds * (1 + jitter * (1 + place % 2))))]
    ]
    made = msgspec.structs.replace(plan(), strategies=strategies)
    return document(record(made, taken), pairs=True).groups[0]


def twice(one: Sample) -> Sample:
    return msgspec.structs.replace(one, rounds=[one.rounds[0], msgspec.structs.replace(one.rounds[0], position=1)])


def standings(said: Group) -> list[str]:
    return [row.versus_best.verdict for row in said.rows if row.versus_best]


def test_one_that_beats_all_is_the_best_and_the_others_are_slower_than_it() -> None:
    said = group({0: 1.0, 1: 0.5, 2: 0.6, 3: 2.0})
    assert (said.best, said.best_is) == (["gevent"], "fastest")
    assert standings(said) == ["slower", "best", "slower", "slower"]
    assert [round(row.versus_best.estimate, 1) for row in said.rows if row.versus_best] == [2.0, 1.0, 1.2, 4.0]


def test_those_that_are_level_are_the_same() -> None:
    said = group({0: 1.0, 1: 0.5, 2: 0.501})
    assert (said.best, said.best_is) == (["gevent", "threads"], "level")
    assert standings(said) == ["slower", "same", "same"]


def test_a_lesson_is_none_of_the_best_and_may_be_faster() -> None:
    said = group({0: 0.3, 1: 0.5, 2: 0.6}, lesson=True)
    assert (said.best, standings(said)) == (["gevent"], ["faster", "best", "slower"])
    assert standings(group({0: 2.0, 1: 0.5, 2: 0.6}, lesson=True))[0] == "slower"
    assert group({0: 0.3, 1: 0.5, 2: 0.6}).best == ["sequential"]  # asked for by name


@pytest.mark.parametrize("left", [{"tasks": 3}, {"greenlets": 1}, {"threads": 1, "thread_names": ["Thread-1"]}])
def test_a_row_that_left_work_is_none_of_the_best(left: dict[str, Any]) -> None:
    said = group({0: 1.0, 1: 0.1, 2: 0.6}, {1: {"left": left}})
    assert (said.best, standings(said)) == (["threads"], ["slower", "faster", "best"])


def test_idle_threads_of_a_pool_are_no_work() -> None:
    left = {"threads": 1, "thread_names": ["ThreadPoolExecutor-0_0"]}
    assert group({0: 1.0, 1: 0.1, 2: 0.6}, {1: {"left": left}}).best == ["gevent"]


def test_any_two_rows_have_a_verdict() -> None:
    said = group({0: 1.0, 1: 0.5, 2: 0.505})
    assert [(one.strategy, one.against, one.ratio.verdict) for one in said.pairs] == [
        ("sequential", "gevent", "slower"),
        ("sequential", "threads", "slower"),
        ("gevent", "threads", "same"),
    ]


def test_where_the_machine_was_too_noisy_there_is_no_best() -> None:
    strategies = [PlannedStrategy(name, "a:B") for name in NAMES[:2]]
    taken = [
        twice(sample(place, block, 1.0 + place + jitter)) for block, jitter in enumerate(JITTER) for place in (0, 1)
    ]
    taken += [msgspec.structs.replace(twice(sample(1, block, 4.0)), arm="null") for block in range(8)]
    said = document(record(msgspec.structs.replace(plan(), strategies=strategies), taken), pairs=True).groups[0]
    assert (said.best, said.best_is) == ([], None)
    assert [one.ratio.verdict for one in said.pairs] == ["undecided"]


def test_one_row_alone_is_compared_with_nobody() -> None:
    said = group({0: 1.0})
    assert (said.pairs, said.best) == ([], ["sequential"])


def test_a_candidate_that_another_than_the_leader_beats_says_which() -> None:
    """The leader scatters: it is ahead of the steady one by half of its blocks and a little, and shows nothing of the
    slow one, which the steady one beats in all."""
    pairs = {
        (0, 1): [-0.5, 0.4, -0.5, 0.4, -0.5, 0.4, -0.5, -0.5],
        (0, 2): [-0.53, 0.37, -0.53, 0.37, -0.53, 0.37, -0.53, -0.53],
        (1, 2): [-0.03] * 8,
    }
    found = compete(pairs, dict.fromkeys(pairs, LEAST), {}, [0, 1, 2], 0.02)
    best = the_best(found, VERDICTS, 0.02)
    assert best is not None
    assert best.members == [0, 1]
    said = versus_best(found, best, VERDICTS, 0.02)
    assert leading(found, best) == 0
    assert (said[2].standing, said[2].than) == ("slower", 1)
    ratio = said[2].ratio
    assert ratio is not None
    assert ratio.low < 1 < ratio.high
