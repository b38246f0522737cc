"""Real workers under what a shell brings along: what reaches them, and what they say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy

ASYNCIO = PlannedStrategy("asyncio", "harness.strategies.asyncio:Asyncio")
PLAIN = "async def task(index):\n    return index\n"


def seen(folder: Path, text: str = PLAIN) -> tuple[dict[str, Any], list[str]]:
    """The facts of a worker of asyncio's, and what the watched round found."""
    (folder / "jobs_of_mine.py").write_text(text)
    worker = Worker(ASYNCIO)
    try:
        target = f"{folder}/jobs_of_mine.py:task"
        worker.prepare(prepare(ASYNCIO, workload=target, options={}, tasks=2, concurrency=2))
        facts = worker.prepared()
        watched = worker.round("observed", 10).seen
        assert watched
        return facts, watched["debugging"]
    finally:
        worker.stop()


@pytest.fixture
def debugging_shell(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONTRACEMALLOC"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PYTHONMALLOC", "debug")
    return monkeypatch


@pytest.mark.usefixtures("debugging_shell")
def test_debugging_does_not_reach_a_worker(tmp_path: Path) -> None:
    facts, watched = seen(tmp_path)
    assert facts["debugging"] == watched == []
    assert facts["loop"].endswith("EventLoop")


def test_debugging_that_was_kept_is_a_fact(tmp_path: Path, debugging_shell: pytest.MonkeyPatch) -> None:
    debugging_shell.setenv("HARNESS_KEEP_DEBUG", "1")
    facts, watched = seen(tmp_path)
    assert facts["debugging"] == ["Python's development mode", "the debug allocator", "tracemalloc"]
    assert facts["loop"].endswith("EventLoop (debug)")
    assert watched == [*facts["debugging"], "asyncio's debug mode"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import sys; sys.settrace(lambda *_: None)", "a tracer of jobs_of_mine (sys.settrace)"),
        ("import sys; sys.setprofile(lambda *_: None)", "a tracer of jobs_of_mine (sys.setprofile)"),
        ("import threading; threading.settrace(lambda *_: None)", "a tracer of jobs_of_mine (sys.settrace)"),
        ("import tracemalloc; tracemalloc.start()", "tracemalloc"),
        ("import gc; gc.set_debug(gc.DEBUG_STATS)", "the collector's debug mode"),
    ],
)
def test_what_the_users_file_switches_on_is_found(tmp_path: Path, line: str, found: str) -> None:
    facts, watched = seen(tmp_path, f"{line}\n\n\n{PLAIN}")
    assert facts["debugging"] == watched == [found]


def test_what_a_task_switches_on_is_found(tmp_path: Path) -> None:
    body = "    import asyncio\n    asyncio.get_running_loop().set_debug(True)\n"
    facts, watched = seen(tmp_path, f"async def task(index):\n{body}")
    assert (facts["debugging"], watched) == ([], ["asyncio's debug mode"])


def test_a_tracer_that_the_environment_starts_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.settrace(lambda *_: None)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    facts, _ = seen(tmp_path)
    assert facts["debugging"] == ["a tracer of sitecustomize (sys.settrace)"]
