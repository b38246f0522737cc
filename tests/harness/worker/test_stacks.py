"""Where suspended tasks stand, under loops and greenlets of this process."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import pytest
import trio

from harness.process import dumps
from harness.worker import stacks

HERE = Path(__file__).name


def line_of(text: str) -> int:
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(text))


def dumped() -> str:
    """What it prints at this moment."""
    before = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            stacks.dump()
        finally:
            os.dup2(before, 2)
            os.close(before)
        file.seek(0)
        return file.read().decode()


def of_asyncio() -> str:
    async def inner() -> None:
        await asyncio.Event().wait()  # asyncio waits

    async def outer() -> None:
        await inner()

    async def main() -> str:
        tasks = [asyncio.create_task(outer()) for _ in range(3)]
        await asyncio.sleep(0.01)
        text = dumped()
        for task in tasks:
            task.cancel()
        return text

    return asyncio.run(main())


def of_trio() -> str:
    async def outer() -> None:
        await trio.sleep_forever()  # trio waits

    async def main() -> str:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(outer)
            await trio.sleep(0.01)
            text = dumped()
            nursery.cancel_scope.cancel()
        return text

    return trio.run(main)


def of_gevent() -> str:
    def outer() -> None:
        gevent.sleep(60)  # gevent waits

    greenlets = [gevent.spawn(outer) for _ in range(3)]
    gevent.sleep(0.01)
    text = dumped()
    gevent.killall(greenlets)
    return text


@pytest.mark.parametrize(("of", "line"), [(of_asyncio, "asyncio"), (of_trio, "trio"), (of_gevent, "gevent")])
def test_a_task_that_waits_is_shown_at_its_own_line(of: Callable[[], str], line: str) -> None:
    text = of()
    assert text.endswith(f"{stacks.END}\n")
    found = dumps.places(text)
    assert sum(count for at, count in found.items() if at.startswith(f"{HERE}:{line_of(f'# {line} waits')} in ")) >= 3


def test_stacks_that_are_the_same_are_printed_once_with_their_number() -> None:
    text = of_gevent()
    assert text.count("# gevent waits") == 0
    assert text.count(f'{HERE}", line {line_of("# gevent waits")} in outer') == 1
    assert "Task x3 (most recent call first):" in text


def test_more_threads_than_faulthandler_prints_are_all_counted() -> None:
    go_on = threading.Event()
    threads = [threading.Thread(target=lambda: go_on.wait()) for _ in range(stacks.MOST_THREADS + 20)]  # thread waits
    for thread in threads:
        thread.start()
    text = dumped()
    go_on.set()
    for thread in threads:
        thread.join()
    (found,) = [count for at, count in dumps.places(text).items() if f":{line_of('# thread waits')} in <lambda>" in at]
    assert found == len(threads)


def test_without_any_task_it_ends_all_the_same() -> None:
    assert dumped().endswith(f"{stacks.END}\n")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="newer ones collect garbage between instructions alone")
def test_no_garbage_is_collected_while_the_interpreter_lists_its_threads() -> None:
    seen = set()

    def collects(*_: Any) -> None:
        seen.add(sys._getframe(1).f_code.co_name)

    def bare() -> None:
        sys._current_frames()

    before = gc.get_threshold()
    gc.callbacks.append(collects)
    gc.set_threshold(1)
    try:
        for _ in range(100):
            bare()
            stacks.of_threads()
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(collects)
    assert "bare" in seen  # or this shows nothing
    assert "of_threads" not in seen
    assert gc.isenabled()


def test_who_collects_no_garbage_goes_on_so() -> None:
    gc.disable()
    try:
        assert threading.get_ident() in stacks.of_threads()
        assert not gc.isenabled()
    finally:
        gc.enable()
