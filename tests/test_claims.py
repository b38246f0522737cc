"""The page of claims: what is said of each by its numbers, and that its commands are the program's."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ROOT

sys.path.insert(0, str(ROOT / "docs"))  # the script lies beside its page
import claims
import claims_asked
import claims_jobs
from claims import Case, Claim
from claims_asked import Answer, Unanswered

ALL = claims.claims()
CASES = [case for claim in ALL for case in claim.cases]


def claim(**fields: Any) -> Claim:
    return Claim("it is so", "somebody", "time", [], **fields)


def test_there_are_many_claims_and_each_has_a_source_and_cases() -> None:
    assert len(ALL) >= 20
    assert all(one.source and one.cases for one in ALL)
    assert all(one.range != (0.0, math.inf) for one in ALL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.ask[0]}: {case.command}"[:80])
def test_a_number_is_asked_for_as_its_function_takes_it(case: Case) -> None:
    inspect.signature(getattr(claims_asked, str(case.ask[0]))).bind({}, *case.ask[1:])


@pytest.mark.parametrize(
    ("answer", "fields", "said"),
    [
        (Answer(2.1, 2.01, 2.2), {"low": 2.0}, "holds"),
        (Answer(2.1, 1.9, 2.2), {"low": 2.0}, "not told"),
        (Answer(1.5, 1.4, 1.6), {"low": 2.0}, "does not"),
        (Answer(4.1, 3.9, 4.3), {"low": 2.0, "high": 4.0}, "not told"),
        (Answer(4.0, 3.9, 4.3), {"figure": 3.5}, "holds"),
        (Answer(4.0, 3.9, 4.5), {"figure": 3.5}, "not told"),
        (Answer(1.0, 0.9, 1.1), {"figure": 3.5}, "does not"),
        (Answer(0.0, 0.0, 0.0), {"high": 0.0}, "holds"),
        (Answer(0.8, 0.8, 0.8), {"high": 0.0}, "does not"),
        ("it was killed", {"low": 2.0}, "no answer"),
    ],
)
def test_a_claim_is_held_against_an_interval(answer: Answer | str, fields: dict[str, float], said: str) -> None:
    assert claims.held(answer, claim(**fields)) == said


@pytest.mark.parametrize(
    ("each", "said"),
    [
        ({"a": "holds", "b": "holds"}, "holds"),
        ({"a": "holds", "b": "not told"}, "holds under: a"),
        ({"a": "holds", "b": "no answer", "c": "holds"}, "holds under: a; c"),
        ({"a": "does not", "b": "no answer"}, "does not hold"),
        ({"a": "holds", "b": "does not", "c": "not told"}, "holds only under: a"),
        ({"a": "not told", "b": "no answer"}, "not told"),
    ],
)
def test_a_claim_that_holds_here_and_not_there_says_where(each: dict[str, str], said: str) -> None:
    assert claims.verdict(each) == said


def test_what_the_page_says_of_each_claim_is_what_its_answers_come_to() -> None:
    table, *sections = claims.PAGE.read_text().split("\n## ")
    for section in sections:
        (one,) = (claim for claim in ALL if section.lower().partition(". ")[2].startswith(f"{claim.said.lower()}\n"))
        each = {}
        for case in one.cases:
            before, typed, _ = section.partition(f"\n\n      python -m harness {case.command}\n")
            assert typed
            each[case.when] = before.rpartition(": ")[2]
        whole = claims.verdict(each)
        assert f" | {one.said} | {whole} |\n" in table
        assert f"**{whole[0].upper()}{whole[1:]}.**" in section


ROW = {"strategy": "a", "status": "ok", "wall_seconds": {"median": 2.0, "low": 1.0, "high": 3.0}}
OTHER = {**ROW, "strategy": "b", "ratio": {"estimate": 2.0, "low": 1.5, "high": 2.5}, "bytes": 10}
RUN = {
    "groups": [{"rows": [ROW, OTHER]}, {"rows": [{**ROW, "wall_seconds": {"median": 4.0, "low": 4.0, "high": 4.0}}]}]
}
POINTS = [
    {"value": 10, "seconds": {"a": {"median": 1.0, "low": 1.0, "high": 1.0}}},
    {"value": 100, "seconds": {"a": {"median": 5.0, "low": 5.0, "high": 5.0}}},
]
SWEEP = {
    "points": POINTS,
    "stops": [],
    "knees": [{"strategy": "a", "at": 7.0, "low": 6.0, "high": 8.0}],
}


@pytest.mark.parametrize(
    ("document", "ask", "answer"),
    [
        (RUN, ("slower", "b"), (2.0, 1.5, 2.5)),
        (RUN, ("figure", "a", "wall_seconds", 10.0), (20.0, 10.0, 30.0)),
        (RUN, ("figure", "b", "bytes"), (10, 10, 10)),
        (RUN, ("share", "a", "b", "wall_seconds"), (1.0, 1 / 3, 3.0)),
        (RUN, ("share_of_groups", "a", "wall_seconds", 1, 0), (2.0, 4 / 3, 4.0)),
        (RUN, ("slower", "a"), "a: no ratio"),
        (RUN, ("figure", "a", "bytes"), "no bytes"),
        (SWEEP, ("bend", "a"), (7.0, 6.0, 8.0)),
        (SWEEP, ("bend", "b"), "b: no knee"),
        (SWEEP, ("last_by_first_each", "a"), (0.5, 0.5, 0.5)),
        (SWEEP, ("last_by_first_each", "b"), "b: no number at a point"),
    ],
)
def test_numbers_are_read_from_documents(document: Any, ask: tuple[Any, ...], answer: Any) -> None:
    read = getattr(claims_asked, ask[0])
    if isinstance(answer, str):
        with pytest.raises(Unanswered, match=answer):
            read(document, *ask[1:])
    else:
        assert read(document, *ask[1:]) == pytest.approx(answer)


def test_a_row_that_failed_is_no_answer_but_why() -> None:
    failed = {"groups": [{"rows": [{"strategy": "a", "status": "timeout", "reason": "no answer after 60 s"}]}]}
    with pytest.raises(Unanswered, match="a: timeout: no answer after 60 s"):
        claims_asked.slower(failed, "a")
    with pytest.raises(Unanswered, match="a: no answer"):
        claims_asked.lost(failed, "a")


def test_what_was_lost_is_a_share_of_the_updates() -> None:
    said = {"strategy": "a", "status": "invalid", "reason": "200 of 1,000 updates were lost"}
    assert claims_asked.lost({"groups": [{"rows": [said]}]}, "a").value == 0.2


def test_answers_that_are_there_are_not_measured_again(tmp_path: Path) -> None:
    case = Case("run -W noop", ["figure", "b", "bytes"], runs=3)
    for number, size in enumerate((5, 9, 7)):
        row = {**OTHER, "bytes": size}
        text = json.dumps({"groups": [{"rows": [row]}]})
        claims.kept(case.command, tmp_path, number).write_text(text)
    assert claims.answered(case, tmp_path) == Answer(7, 5, 9)


class Connection:
    """Of a client that sends two lines in three parts."""

    def __init__(self) -> None:
        self.parts, self.sent = [b"page\npa", b"ge", b"\n", b""], b""

    def receive(self, most: int) -> bytes:
        return self.parts.pop(0)

    def send(self, data: bytes) -> None:
        self.sent += data


class AsyncConnection(Connection):
    async def receive(self, most: int) -> bytes:  # type: ignore[override]
        return super().receive(most)

    async def send(self, data: bytes) -> None:  # type: ignore[override]
        super().send(data)


@pytest.mark.parametrize("endpoint", [None, "async", "def"])
def test_a_page_is_answered_by_its_endpoint(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr(claims_jobs, "nothing", lambda: threads.append(threading.get_ident()))
    io: Any = None
    stream: Any = Connection() if endpoint is None else AsyncConnection()
    if endpoint is None:
        claims_jobs.Pages().handle(io, stream)
    else:
        asyncio.run(claims_jobs.Pages(endpoint=endpoint).async_handle(io, stream))
    assert stream.sent == 2 * claims_jobs.Pages().exchange(0)[1]
    assert len(threads) == (2 if endpoint == "def" else 0)
    assert threading.get_ident() not in threads


@pytest.mark.slow
def test_a_claim_is_looked_at_by_its_commands(tmp_path: Path) -> None:
    asked = [sys.executable, "docs/claims.py", "--only", "0.5 s together", "--folder", str(tmp_path)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "holds only under: gevent.sleep; time.sleep, patched first" in done.stdout
