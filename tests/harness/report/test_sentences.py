"""What a run says in words: who is best, by how much, and what limits."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.document.make import document
from harness.document.run import Group, Row, Run, VersusBest
from harness.report import sentences
from harness.statistics.pairwise import Standing
from tests import records

RUN = document(records.client())


def row(
    name: str, standing: Standing, estimate: float = 1.0, low: float = 0.9, high: float = 1.1, **changes: Any
) -> Row:
    said = VersusBest(estimate, low, high, standing, *([] if estimate == 1.0 else [10, 0.05, None, "ranks"]))
    good = next(one for one in RUN.groups[0].rows if one.strategy == "gevent")
    return msgspec.structs.replace(good, name=name, strategy=name, versus_best=said, **changes)


def group(*rows: Row, best: list[str], best_is: Any = "fastest", **changes: Any) -> Group:
    return msgspec.structs.replace(RUN.groups[0], rows=list(rows), best=best, best_is=best_is, **changes)


def run(*groups: Group) -> Run:
    return msgspec.structs.replace(RUN, groups=list(groups))


WINNER = row("uvloop", "best")
SLOWER = row("threads", "slower", 1.27, 1.14, 1.35)
FAR = row("sequential", "slower", 9.8, 9.7, 9.9)
LEVEL = row("asyncio", "same", 1.01, 1.0, 1.02)
OPEN = row("asyncio", "undecided", 1.01, 0.98, 1.09)
NEXT = "uvloop is fastest; threads, next, takes 27 % more time (14 % to 35 %)."
BEFORE = "uvloop is fastest; sequential, next, takes 9.80 times as long (9.70 to 9.90)."
TAUGHT = row("generator", "faster", 0.5, 0.4, 0.6, teaches=True)


@pytest.mark.parametrize(
    ("rows", "best", "best_is", "said"),
    [
        ([WINNER, SLOWER, FAR], ["uvloop"], "fastest", NEXT),
        ([WINNER, FAR], ["uvloop"], "fastest", BEFORE),
        ([WINNER, LEVEL], ["uvloop", "asyncio"], "level", "uvloop and asyncio are level: within 2 %."),
        ([WINNER, OPEN], ["uvloop", "asyncio"], "open", "uvloop and asyncio lead, and are not told apart."),
        ([WINNER, SLOWER, TAUGHT], ["uvloop"], "fastest", NEXT),
    ],
)  # fmt: skip
def test_who_is_best_is_a_sentence(rows: list[Row], best: list[str], best_is: str, said: str) -> None:
    assert sentences.of_group(group(*rows, best=best, best_is=best_is)) == said


def test_a_strategy_that_teaches_is_recommended_nowhere() -> None:
    taught = run(group(WINNER, SLOWER, TAUGHT, best=["uvloop"]))
    assert "generator" not in " ".join(sentences.headline(taught))


def test_one_lowest_time_is_not_called_fastest_where_it_is_not_told_apart() -> None:
    several = run(
        group(WINNER, OPEN, best=["uvloop", "asyncio"], best_is="open"), group(WINNER, SLOWER, best=["uvloop"])
    )
    (said,) = sentences.headline(several)
    assert said == "uvloop is not told from the fastest, or level with it, on all of these."


def test_no_strategy_that_is_best_everywhere_is_said_as_such() -> None:
    other = row("trio", "best")
    several = run(group(WINNER, SLOWER, best=["uvloop"]), group(other, SLOWER, best=["trio"]))
    assert sentences.headline(several) == ["No strategy is among the best everywhere: uvloop on sleep; trio on sleep."]


def test_a_row_that_holds_the_others_up_is_blocked() -> None:
    blocked = msgspec.structs.replace(FAR, limit="blocked")
    assert sentences.word(blocked, group(WINNER, blocked, best=["uvloop"])) == "blocked"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (list("abcde"), "a, b, c, d and e"),
        (list("abcdefg"), "a, b, c, d and 3 others"),
    ],
)
def test_names_are_listed(names: list[str], said: str) -> None:
    assert sentences.listed(names) == said
