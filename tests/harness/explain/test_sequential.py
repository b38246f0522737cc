from typing import Any

import pytest

from harness.explain.sequential import sequential
from tests.sampled import seen

SOURCE = "async def task(index):\n    one = await fetch(1)\n    two = await fetch(2)\n    return one + two\n"
FUNCTION = {
    "file": "/home/me/jobs.py", "function": "task", "first_line": 10, "source": SOURCE,
    "lines": {"11": 0.8, "12": 1.2},
}  # fmt: skip


def found(tasks: int = 2, strategy: str = "asyncio", task_seconds: float = 2.0, **about: Any) -> list[Any]:
    waits = {"functions": [FUNCTION | about], "task_seconds": task_seconds}
    return list(sequential(seen(strategy, tasks, waits=waits)))


def test_what_one_task_would_have_saved() -> None:
    (one,) = found()
    assert (one.kind, one.file, one.line, one.seconds) == ("sequential-awaits", "jobs.py", 11, pytest.approx(0.4))
    assert "(lines 11 and 12)" in one.text
    assert "asyncio.gather" in one.advice


@pytest.mark.parametrize(
    ("strategy", "words"), [("uvloop", "asyncio.gather"), ("trio", "nursery"), ("gevent-patched", "gevent.joinall")]
)
def test_the_words_of_the_runtime(strategy: str, words: str) -> None:
    (one,) = found(strategy=strategy)
    assert words in one.advice


def test_what_is_none() -> None:
    assert found(tasks=50) == []
    assert found(task_seconds=30.0) == []
    assert found(lines={"11": 0.1, "12": 1.9}) == []  # little to save
    assert found(lines={"11": 2.0}) == []
    assert found(source="") == []
    assert list(sequential(seen()._replace(why={}))) == []
