"""Findings of what a worker saw, which nobody measured."""

from __future__ import annotations

from typing import Any

import pytest

from harness.explain.advice import EARLIER
from harness.explain.explanation import explanation, remarks, verdict
from harness.explain.finders import found
from harness.explain.seen import Seen
from tests import sampled


def line(**more: Any) -> dict[str, Any]:
    about = {"file": "/u/jobs.py", "line": 12, "function": "task", "callee": None, "inside": None}
    about |= {"library": None, "source": "", "awaits": False, "calls": 1}
    return about | {"computing": 0.0, "waiting": 0.0, "unyielding": 0.0, "ready": 0.0} | more


def seen(*lines: dict[str, Any], loop: str | None = "asyncio", **more: Any) -> Seen:
    told = {"wall": 1.0, "busy": 0.0, "idle": 0.5, "preempted": 0.0, "contended": 0.0, "small": 0.0, "lag": None}
    told |= {"lines": list(lines), "loop": loop, "patched": [], "threads": {"count": 0, "lines": []}, "yields": {}}
    return Seen(loop or "threads", "./jobs.py:task", 10, 10, 1.0, 0.03, {"lines": told | more})


def test_many_short_waits_at_a_line_are_one_finding() -> None:
    (one,) = found(seen(line(inside="time.sleep", waiting=0.16, calls=20)))
    assert (one.what, one.file, one.line, one.calls) == ("time.sleep", "jobs.py", 12, 20)
    assert (one.seconds, one.waiting_seconds, one.computing_seconds) == (0.16, 0.16, 0.0)
    assert "in 20 calls" in one.text


@pytest.mark.parametrize(
    "quiet",
    [
        line(inside="time.sleep", waiting=0.029),
        line(computing=0.4),  # in steps of which each was short
        line(inside="re.Pattern.match", computing=0.4, unyielding=0.029),
    ],
)
def test_below_the_threshold_or_giving_way_is_no_finding(quiet: dict[str, Any]) -> None:
    assert found(seen(quiet)) == []


def test_parts_of_a_line_are_summed_and_the_costliest_names_it() -> None:
    parts = [
        line(callee="requests.get", inside="socket.socket.recv_into", waiting=0.02, calls=2),
        line(callee="requests.get", inside="ssl.SSLSocket.read", waiting=0.03, calls=2),
    ]
    (one,) = found(seen(*parts))
    assert one.what == "requests.get"
    assert one.seconds == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("loop", "patched", "part", "kind", "advice"),
    [
        ("gevent", [], {"inside": "time.sleep", "waiting": 0.1}, "not-patched", "gevent.sleep"),
        ("gevent", ["time"], {"inside": "time.sleep", "waiting": 0.1}, "not-patched", "before anything else"),
        ("gevent", ["time"], {"inside": "io.open", "waiting": 0.1}, "blocked-loop", "threadpool"),
        ("gevent", [], {"source": "with lock:  # mine (ours)", "waiting": 0.1}, "not-patched", "gevent.lock"),
        ("gevent", [], {"source": "with clock: driver.poll()", "waiting": 0.1}, "blocked-loop", "threadpool"),
        ("uvloop", [], {"inside": "time.sleep", "waiting": 0.1}, "blocked-loop", "asyncio.sleep"),
        ("trio", [], {"callee": "requests.get", "waiting": 0.1}, "blocked-loop", "httpx.AsyncClient"),
        ("asyncio", [], {"inside": "re.Pattern.match", "unyielding": 0.1}, "blocked-loop", "backtracks"),
        ("asyncio", [], {"inside": "zlib.compress", "unyielding": 0.1}, "blocked-loop", "to_thread"),
        ("asyncio", [], {"unyielding": 0.1}, "blocked-loop", "holds the GIL"),
        (None, [], {"inside": "time.sleep", "waiting": 0.1}, "blocked-loop", "nothing notices"),
        (None, [], {"inside": "hashlib.scrypt", "unyielding": 0.1}, "blocked-loop", "concurrent.futures.Thread"),
    ],
)
def test_the_advice_is_the_library_s(
    loop: str | None, patched: list[str], part: dict[str, Any], kind: str, advice: str
) -> None:
    threads = {"count": 2, "lines": [line(line=3, inside="time.sleep", waiting=0.4)]}  # the user's own
    (one,) = found(seen(line(**part), loop=loop, patched=patched, threads=threads))
    assert one.kind == kind
    assert advice in one.advice
    assert "gevent" not in one.advice or loop == "gevent"


@pytest.mark.parametrize(
    ("strategy", "loop", "patched", "part", "expected"),
    [
        ("gevent", "gevent", [], {"inside": "time.sleep", "waiting": 0.1}, "run -s gevent,gevent-patched"),
        ("gevent", "gevent", [], {"inside": "fcntl.flock", "waiting": 0.1}, "run -s gevent,threads"),
        ("gevent", "gevent", [], {"inside": "hashlib.scrypt", "unyielding": 0.1}, "run -s gevent,threads"),
        ("gevent-patched", "gevent", ["time"], {"unyielding": 0.1}, "run -s gevent-patched,processes"),
        ("gevent-patched", "gevent", ["time"], {"inside": "time.sleep", "waiting": 0.1}, "explain -s gevent-patched"),
        (
            "gevent",
            "gevent",
            [],
            {"callee": "importlib._bootstrap._find_and_load", "waiting": 0.1},
            "explain -s gevent",
        ),
        ("asyncio", "asyncio", [], {"inside": "time.sleep", "waiting": 0.1}, "explain -s asyncio"),
    ],
)
def test_the_command_runs_beside_a_strategy_that_has_the_change(
    strategy: str, loop: str, patched: list[str], part: dict[str, Any], expected: str
) -> None:
    one_line = seen(line(**part), loop=loop, patched=patched)
    (one,) = found(one_line._replace(strategy=strategy, group=sampled.seen().group))
    assert (one.command or "").startswith(f"python -m harness {expected} -W jobs.py:task")


@pytest.mark.parametrize(
    ("callee", "finds"),
    [
        ("asyncio.runners.run", True), ("asyncio.base_events.BaseEventLoop.run_until_complete", True),
        ("trio._core._run.run", True), ("anyio.from_thread.BlockingPortal.call", True),
        ("asyncio.base_events.BaseEventLoop.run_in_executor", False),
        ("asyncio.threads.to_thread", False), ("gevent.threadpool.ThreadPool.apply", False),
    ],
)  # fmt: skip
def test_a_loop_within_a_task_is_the_users_and_what_a_runtime_waits_for_is_not(callee: str, finds: bool) -> None:
    assert len(found(seen(line(callee=callee, inside="select.epoll.poll", waiting=0.1), loop="gevent"))) == finds


def test_a_linter_would_have_said_so_in_an_async_def_alone() -> None:
    waits = {"inside": "time.sleep", "waiting": 0.1}
    assert [one.rule for one in found(seen(line(**waits, awaits=True)))] == ["ASYNC251 (ruff, flake8-async)"]
    assert [one.rule for one in found(seen(line(**waits)))] == [None]


@pytest.mark.parametrize("source", ["import pandas", "return importlib.import_module(name)"])
def test_an_import_is_called_what_the_line_says(source: str) -> None:
    part = line(callee="importlib._bootstrap._find_and_load", inside="time.sleep", waiting=0.1, source=source)
    (one,) = found(seen(part, loop="gevent"))
    assert (one.kind, one.what, one.advice) == ("blocked-loop", source, EARLIER)


def test_that_nobody_looked_into_other_processes_is_said() -> None:
    assert not list(remarks(seen(loop=None)))
    (said,) = remarks(seen(loop=None)._replace(away=True))
    assert "nobody looked" in said


def threads(*lines: dict[str, Any]) -> Seen:
    return seen(loop=None, threads={"count": 4, "lines": list(lines)})._replace(threads=True)


@pytest.mark.parametrize(
    "part",
    [
        {"computing": 0.5, "waiting": 1.4},
        {"inside": "sorted", "computing": 0.5, "ready": 1.2},  # others had the cores of a busy machine
    ],
)
def test_threads_that_want_the_gil_all_at_once(part: dict[str, Any]) -> None:
    (one,) = found(threads(line(**part))._replace(group=sampled.seen().group))
    assert (one.kind, one.line) == ("cpu-bound", 12)
    assert (one.command or "").startswith("python -m harness run -s threads,processes ")
    assert "GIL" in one.text


@pytest.mark.parametrize(
    "part",
    [
        {"inside": "time.sleep", "waiting": 4.0},
        {"inside": "zlib.compress", "computing": 1.9},  # frees the GIL
        {"computing": 0.2, "waiting": 0.3},
        {"inside": "zlib.compress", "computing": 0.5, "ready": 1.5},
    ],
)
def test_threads_that_wait_or_free_the_gil_are_no_finding(part: dict[str, Any]) -> None:
    assert found(threads(line(**part))) == []


def test_a_loop_that_waits_for_the_gil() -> None:
    part = line(computing=0.5)
    (one,) = found(seen(contended=0.1, threads={"count": 1, "lines": [part]}))
    assert one.kind == "cpu-bound"
    assert "the loop waited 100 ms for it" in one.text


def test_a_library_has_one_verdict() -> None:
    said = explanation(
        seen(
            line(callee="requests.get", waiting=0.2), line(callee="queue.Queue.get", waiting=0.2),
            line(callee="json.dumps", computing=0.2, unyielding=0.2), line(inside="numpy.dot", unyielding=0.2),
            line(callee="html.escape", computing=0.2), line(callee="asyncio.run", waiting=0.2),
            yields={"queue.Queue.get": 3, "asyncio.sleep": 5},
        )
    )  # fmt: skip
    assert {one.name: one.verdict for one in said.libraries} == {
        "requests": "blocks", "queue": "partly", "json": "blocks", "numpy": "blocks", "asyncio": "cooperative",
    }  # fmt: skip
    assert {one.name: one.blocked_seconds for one in said.libraries}["json"] == 0.2
    assert verdict(True, False) == "blocks"


def test_a_round_that_did_not_end_says_what_was_seen_until_then() -> None:
    said = explanation(seen(line(inside="time.sleep", waiting=0.1))._replace(failure="timeout: after 1 s"))
    assert (said.status, said.reason) == ("partial", "timeout: after 1 s")
    assert len(said.findings) == 1
    assert explanation(Seen("gevent", "w", 1, 1, 0.5, 0.03, {}, "failed: killed")).remarks
