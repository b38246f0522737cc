"""A strategy that breaks a promise is found out, and one in a file of its own that keeps them all passes."""

from __future__ import annotations

from pathlib import Path
from unittest import SkipTest

import pytest

from harness.strategies.checks import Checked, promises

ROOT = Path(__file__).parents[3]
HEAD = """
from harness.strategies.base import AsyncStrategy
from harness.strategies.asyncio import Asyncio
from harness.strategies.sequential import Sequential


class Mine(Sequential):
    def run(self, task, count, concurrency):
"""
FAULTS = {
    "results_come_in_index_order": "return {task(index) for index in range(count)}",
    "each_index_is_called_once": "[task(index) for index in range(count)]; return [task(i) for i in range(count)]",
    "a_failure_surfaces_with_its_traceback": """
        try:
            return super().run(task, count, concurrency)
        except Exception as failure:
            raise type(failure)(*failure.args) from None""",
    "it_may_be_called_again": """
        if hasattr(self, "ran"):
            raise RuntimeError("again")
        self.ran = True
        return super().run(task, count, concurrency)""",
    "values_arrive_as_they_are": "return [value or 0 for value in super().run(task, count, concurrency)]",
}


PICKLED_HEAD = """
from harness.strategies.processes import Processes


class Mine(Processes):
    def run(self, task, count, concurrency):
"""
PICKLED_FAULTS = {
    "pickled_tasks_return_in_index_order": "return super().run(task, count, concurrency)[::-1]",
    "each_pickled_task_is_called_once": "super().run(task, 1, 1); return super().run(task, count, concurrency)",
    "at_most_concurrency_pickled_tasks_are_in_flight": "return super().run(task, count, count or 1)",
    "a_failure_elsewhere_surfaces_with_its_text": """
        try:
            return super().run(task, count, concurrency)
        except Exception as failure:
            raise type(failure)(*failure.args) from None""",
}


def outcomes(target: str) -> dict[str, str]:
    """The promises that are broken, or none of this strategy's; those of pickled tasks aside, which few make."""
    found = {}
    for promise in promises(target):
        try:
            promise.keep()
        except AssertionError as broken:
            found[str(promise)] = f"broken: {broken}"
        except SkipTest as why:
            if str(why) == "its tasks are not pickled":
                continue
            found[str(promise)] = f"skipped: {why}"
    return found


@pytest.mark.parametrize("fault", [*FAULTS, *PICKLED_FAULTS])
def test_a_broken_promise_is_found(fault: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    head, faults = (HEAD, FAULTS) if fault in FAULTS else (PICKLED_HEAD, PICKLED_FAULTS)
    file.write_text(f"{head}        {faults[fault]}\n")
    (promise,) = (one for one in promises(f"{file}:Mine") if str(one) == fault)
    with pytest.raises(AssertionError):
        promise.keep()


def test_a_check_that_ends_its_interpreter_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        f"{HEAD}        values = super().run(task, count, concurrency)\n"
        "        if any(value is Ellipsis for value in values):\n"
        "            import os; os.write(2, b'the end of it'); os._exit(3)\n"
        "        return values\n"
    )
    found = outcomes(f"{file}:Mine")
    assert {name for name, said in found.items() if said.startswith("broken")} == {"values_arrive_as_they_are"}
    assert "the end of it" in found["values_arrive_as_they_are"]


def test_a_strategy_that_can_run_nothing_breaks_every_promise_of_run(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"{HEAD}        raise ArithmeticError\n")
    for promise in promises(f"{file}:Mine")[:3]:
        with pytest.raises(AssertionError, match="ArithmeticError"):
            promise.keep()


def test_what_a_strategy_prints_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And it finds its neighbours, by a path from where we are."""
    (tmp_path / "neighbour.py").write_text("words = '[1, 2]'\n")
    (tmp_path / "mine.py").write_text(
        f"import neighbour\n{HEAD}"
        "        print(neighbour.words)\n"
        "        return super().run(task, count, concurrency)\n"
    )
    monkeypatch.chdir(tmp_path)
    promises("./mine.py:Mine")[0].keep()


def test_a_prelude_that_is_inherited_comes_first(tmp_path: Path) -> None:
    pytest.importorskip("gevent")
    file = tmp_path / "mine.py"
    file.write_text(
        "from harness.strategies.gevent_patched import GeventPatched\n"
        "class Mine(GeventPatched):\n"
        "    def run(self, task, count, concurrency):\n"
        "        import gevent.monkey\n"
        "        assert gevent.monkey.is_module_patched('threading')\n"
        "        return super().run(task, count, concurrency)\n"
    )
    assert outcomes(f"{file}:Mine") == {}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("class Mine:\n    pass\n", "is neither a Strategy nor an AsyncStrategy"),
        ("Mine = 3\n", "is no class"),
        ("import nothing_of_this_name\n", "No module named 'nothing_of_this_name'"),
        (f"{HEAD}        pass\n    contract = 2\n", "written for version 2 of the contract"),
    ],
)
def test_what_is_no_strategy_breaks_every_promise_and_says_why(source: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(source)
    with pytest.raises(AssertionError, match=text):
        promises(f"{file}:Mine")[0].keep()


def test_the_strategy_of_the_page_keeps_every_promise(tmp_path: Path) -> None:
    blocks = [
        block.partition("```")[0] for block in (ROOT / "docs" / "strategy.md").read_text().split("```python\n")[1:]
    ]
    source = next(block for block in blocks if "def run(" in block)
    assert len(source.splitlines()) <= 40
    (tmp_path / "eager.py").write_text(source)
    assert outcomes(f"{tmp_path}/eager.py:Eager") == {}


def test_a_strategy_that_does_not_serve_promises_nothing_of_it(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from harness.strategies.base import Strategy\n"
        "from harness.strategies.sockets import BlockingIo\n"
        "class Mine(Strategy):\n"
        "    io = BlockingIo()\n"
        "    def run(self, task, count, concurrency):\n"
        "        return [task(index) for index in range(count)]\n"
    )
    checked = Checked(f"{file}:Mine")
    for promise in checked.promises()[-2:]:
        with pytest.raises(SkipTest, match="it does not serve"):
            promise.keep()
    assert not checked.overlaps


SERVING = {
    "no_more_connections_are_served_than_asked_for": "super().serve(listener, handle)",
    "it_answers_until_the_client_closes": "super().serve(listener, lambda stream: stream.receive(9), concurrency)",
    "it_stops_with_connections_open": """
        import threading, time
        super().serve(listener, handle, concurrency)
        threading.Thread(target=time.sleep, args=(60,)).start()""",
}


@pytest.mark.parametrize("fault", SERVING)
def test_a_broken_promise_of_a_server_is_found(fault: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from harness.strategies.threads import Threads\n"
        "class Mine(Threads):\n"
        "    def serve(self, listener, handle, concurrency=None):\n"
        f"        {SERVING[fault]}\n"
    )
    (promise,) = (one for one in promises(f"{file}:Mine") if str(one) == fault)
    with pytest.raises(AssertionError):
        promise.keep()
