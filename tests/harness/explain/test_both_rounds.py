"""Both rounds, the one in which each call is heard of and the one that is sampled, through the API."""

import textwrap
from pathlib import Path

import pytest

import harness
from tests.sampled import fault

PROGRAMS = {
    "blocked-loop": ("asyncio", 2, """
        import time
        async def task(index):
            time.sleep(0.05)  # FAULT
        """),
    "limit": ("asyncio", 9, """
        import asyncio
        slots = asyncio.Semaphore(3)
        async def task(index):
            async with slots:  # FAULT
                await asyncio.sleep(0.15)
        """),
    "sequential-awaits": ("gevent", 2, """
        import gevent
        def fetch(number):
            gevent.sleep(0.15)
        def task(index):
            return [fetch(number) for number in range(3)]  # FAULT
        """),
    "swallowed-exception": ("gevent-patched", 3, """
        import threading, time
        def worse():
            raise KeyError("x")  # FAULT
        def task(index):
            threading.Thread(target=worse).start()
            time.sleep(0.05)
        """),
    "deadlock": ("gevent", 3, """
        from gevent.event import Event
        ready = Event()
        def task(index):
            ready.wait()  # FAULT
        """),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "strategy", "tasks", "text"), [(kind, *rest) for kind, rest in PROGRAMS.items()])
def test_a_fault(
    kind: str, strategy: str, tasks: int, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/my_jobs.py").write_text(textwrap.dedent(text))
    monkeypatch.chdir(tmp_path)
    said = harness.why("./pkg/my_jobs.py:task", strategy, tasks=tasks)
    assert [(one.kind, one.file, one.line) for one in said.findings] == [(kind, "pkg/my_jobs.py", fault(text))]
    assert said.status == ("partial" if kind in ("swallowed-exception", "deadlock") else "complete")
    assert said.findings[0].command is not None


def test_a_program_that_works_once(tmp_path: Path) -> None:
    text = (
        "import time\ndone = []\ndef task(index):\n    time.sleep(0.05)\n    done.append(1)\n    assert len(done) < 4\n"
    )
    (tmp_path / "my_jobs.py").write_text(text)
    said = harness.why(f"{tmp_path}/my_jobs.py:task", "threads", tasks=3)
    assert (said.status, said.findings) == ("complete", [])
