"""A verdict of what was said: at the line, of the kind, elsewhere, beside it, and what it should have cost."""

from __future__ import annotations

import pytest

from tests.corpus.case import parsed
from tests.corpus.cost import Cost, summed
from tests.corpus.judge import Said, Verdict, judged

PROGRAM = """# under: asyncio
for i in work:  # OR
    time.sleep(1)  # FAULT waiting
    hash()  # FAULT computing
"""
CASE = parsed("case", PROGRAM)
SOUND = parsed("sound", "# under: asyncio\n")
TRUE = {3: [Cost(0.12, 0.0, 0.02, 1)], 4: [Cost(0.1, 0.09, 0.0, 1), Cost(0.1, 0.08, 0.0, 1)]}
SLEEP = Said("blocked-loop", "time.sleep", 3, 0.1, 0.0)
HASH = Said("cpu-bound", "hash", 4, 0.12, 0.1)


def verdict(*said: Said) -> Verdict:
    return judged(CASE, list(said), TRUE)


def test_all_is_right() -> None:
    found = verdict(SLEEP, HASH)
    assert (found.faults, found.found, found.right, found.kind, found.false) == (2, 2, 2, 2, ())
    assert found.errors == pytest.approx((0.0, 1 / 9))


def test_nothing_was_said() -> None:
    assert verdict() == Verdict(2, 0, 0, 0, (), ())


def test_another_line_of_the_kind_is_found_and_not_right() -> None:
    found = verdict(Said("blocked-loop", "time.sleep", 77))
    assert (found.found, found.right, found.false) == (2, 0, ())


def test_another_kind_at_the_line_is_right_and_not_of_the_kind() -> None:
    found = verdict(Said("deadlock", "time.sleep", 3), HASH)
    assert (found.right, found.kind) == (2, 1)


def test_a_loops_head_is_as_right() -> None:
    assert verdict(Said("blocked-loop", "a loop", 2, 0.1), HASH).right == 2


def test_what_is_beside_the_faults_is_false() -> None:
    assert verdict(SLEEP, HASH, Said("limit", "a pool", 9)).false == ("limit: a pool at line 9",)
    assert judged(SOUND, [SLEEP], {}).false == ("blocked-loop: time.sleep at line 3",)


def test_an_import_of_what_is_not_patched_is_told_beside_the_call() -> None:
    case = parsed("case", "# under: gevent\nimport time\ntime.sleep(1)  # FAULT waiting\n")
    imported = Said("not-patched", "time.sleep", 2)
    assert judged(case, [SLEEP, imported], {}) == Verdict(1, 1, 1, 1, (), ())
    assert judged(case, [imported], {}).right == 0
    assert judged(parsed("sound", "# under: gevent\nimport time\n"), [imported], {}).false


def test_a_tool_without_kinds_names_a_line() -> None:
    found = verdict(Said(None, "blocked", 3, 0.09))
    assert (found.found, found.right, found.kind) == (1, 1, 1)
    assert found.errors == pytest.approx((0.1,))


@pytest.mark.parametrize(("keeps", "expected"), [(False, 0.12), (True, 0.08)])
def test_who_waited_for_the_gil_of_another_call_kept_it_no_longer(keeps: bool, expected: float) -> None:
    calls = {3: [(0.08, 0.0, 0.0), (0.04, 0.0, 0.0)]}
    assert summed(calls, 3, keeps=keeps) == Cost(pytest.approx(expected), 0.0, 0.0, 2)  # type: ignore[arg-type]
