"""The one line that is made of an exception: groups, chains of causes, odd texts, users' lines and libraries'."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

from harness.worker import causes

HERE = Path(__file__).name


def caught(do: Callable[[], Any]) -> BaseException:
    try:
        do()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


async def page(number: int) -> None:
    await asyncio.sleep(0)
    raise ValueError(f"page {number} has no title")  # the line of page


def line_of(text: str) -> int:
    """Where in this file a line ends with a text."""
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.endswith(text))


def test_of_a_group_the_leaf_is_told_with_its_line_and_how_many_more_there_were() -> None:
    async def grouped(number: int) -> None:
        async with asyncio.TaskGroup() as group:
            for one in range(number):
                group.create_task(page(one))

    place = f"at {HERE}:{line_of('# the line of page')}"
    assert causes.line(caught(lambda: asyncio.run(grouped(1)))) == f"ValueError: page 0 has no title {place}"
    several = causes.line(caught(lambda: asyncio.run(grouped(3))))
    assert several == f"ValueError: page 0 has no title {place} (and 2 more: ValueError)"


def test_groups_in_groups_and_those_of_other_libraries() -> None:
    inner = ExceptionGroup("b", [KeyError("first"), ExceptionGroup("c", [OSError("second")])])
    assert causes.line(ExceptionGroup("a", [inner])) == "KeyError: 'first' (and 1 more: OSError)"

    class MultiError(Exception):
        exceptions = (ValueError("of old"),)

    assert causes.line(MultiError()) == "ValueError: of old"

    async def nursery() -> None:
        async with trio.open_nursery() as one:
            one.start_soon(trio.sleep, "soon")

    assert causes.line(caught(lambda: trio.run(nursery))).startswith("TypeError: ")


def test_a_cancellation_is_not_what_a_group_failed_with() -> None:
    group = BaseExceptionGroup("", [asyncio.CancelledError(), ValueError("no")])
    assert causes.line(group) == "ValueError: no (and 1 more: CancelledError)"


def test_a_group_of_very_many_is_counted_no_further_than_it_has_to_be() -> None:
    many = ExceptionGroup("", [ValueError(str(number)) for number in range(50_000)])
    assert causes.line(many) == "ValueError: 0 (and 10,000 or more: ValueError)"


def wrapped(text: str, cause: BaseException) -> BaseException:
    error = RuntimeError(text)
    error.__cause__ = cause
    return error


def test_the_kind_that_wraps_is_told_with_the_cause_at_the_end_of_the_chain() -> None:
    chain = wrapped("no settings", wrapped("no file", KeyError("host")))
    assert causes.line(chain) == "RuntimeError: no settings <- KeyError: 'host'"
    long = wrapped("x" * 300 + " [Errno 111] Connection refused", OSError(111, "Connection refused"))
    assert causes.line(long) == "RuntimeError <- ConnectionRefusedError: [Errno 111] Connection refused"
    short = wrapped("cannot: [Errno 111] Connection refused", OSError(111, "Connection refused"))
    assert causes.line(short) == "RuntimeError: cannot: [Errno 111] Connection refused"
    assert causes.line(wrapped("x" * 300, KeyError("host"))) == f"RuntimeError: {'x' * 120} <- KeyError: 'host'"
    assert causes.line(wrapped("a group", ExceptionGroup("", [KeyError(1)]))) == "RuntimeError: a group <- KeyError: 1"


def test_a_chain_that_comes_round_ends() -> None:
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    assert causes.line(first) == "ValueError: first <- KeyError: 'second'"


def test_what_was_merely_being_handled_is_no_cause_unless_it_is_a_value_of_it() -> None:
    def handled() -> None:
        try:
            {}[5]
        except KeyError:
            raise ValueError("computed wrongly")  # noqa: B904

    assert causes.line(caught(handled)).startswith("ValueError: computed wrongly at ")

    def held() -> None:
        try:
            {}[5]
        except KeyError as error:
            raise ValueError(error, "x")  # noqa: B904

    assert causes.line(caught(held)).startswith("ValueError: (KeyError(5), 'x') at ")
    assert list(map(type, causes.causes(caught(held)))) == [ValueError, KeyError]


def test_a_time_that_ran_out_is_no_cancellation() -> None:
    async def late() -> None:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(10)  # the line that is late

    said = causes.line(caught(lambda: asyncio.run(late())))
    assert said.startswith("TimeoutError: ")
    assert f"at {HERE}:" in said


def test_requests_to_a_closed_port_name_the_reason_and_both_lines() -> None:
    requests = pytest.importorskip("requests")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    said = causes.line(caught(lambda: requests.get(f"http://127.0.0.1:{port}/")))
    assert said.startswith("ConnectionError <- ConnectionRefusedError: [Errno 111] Connection refused at ")
    assert f" at {HERE}:" in said
    assert said.endswith(")")
    assert " (in urllib3/" in said


def test_an_error_of_a_pool_of_processes_keeps_its_own_text() -> None:
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        said = causes.line(caught(pool.submit(int, "x").result))
    assert said.startswith("ValueError: invalid literal for int()")


class Odd(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def raises(error: BaseException | type[BaseException]) -> Callable[[], None]:
    def do() -> None:
        raise error  # the line that raises

    return do


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError, "ValueError: raise error # the line that raises"),
        (AssertionError(""), "AssertionError: raise error # the line that raises"),
        (KeyboardInterrupt, "KeyboardInterrupt: raise error # the line that raises"),
        (asyncio.CancelledError, "CancelledError: it was cancelled, raise error # the line that raises"),
        (asyncio.CancelledError("too slow"), "CancelledError: it was cancelled, too slow"),
        (StopIteration(3), "StopIteration: 3"),
        (Odd, "Odd: (its text cannot be had: RuntimeError)"),
        (ValueError("a\n  b\tc"), "ValueError: a b c"),
        (ValueError("\x1b[31mred\x07"), "ValueError: \\x1b[31mred\\x07"),
        (ValueError("\udce9"), "ValueError: \\xe9"),
    ],
)
def test_what_is_said_of_odd_ones(error: BaseException | type[BaseException], said: str) -> None:
    place = f" at {HERE}:{line_of('# the line that raises')}"
    assert causes.line(caught(raises(error))) == said + place


def test_a_stop_of_iteration_in_a_coroutine_is_told_with_the_users_line() -> None:
    async def stops() -> None:
        raise StopIteration(3)  # the line that stops

    said = causes.line(caught(lambda: asyncio.run(stops())))
    assert said.startswith("RuntimeError: coroutine raised StopIteration <- StopIteration: 3 at ")
    assert said.endswith(f" at {HERE}:{line_of('# the line that stops')}")


def test_a_text_that_is_no_python_is_told_with_its_own_line(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    file.write_text("import os\nprint 'x'\n")
    said = causes.line(caught(lambda: compile(file.read_text(), str(file), "exec")))
    assert said.startswith("SyntaxError: Missing parentheses in call to 'print'")
    assert said.endswith(" at old.py:2")


def test_libraries_that_cython_made_are_not_the_users() -> None:
    assert not causes.Step("src/gevent/_gevent_c_greenlet_primitives.pxd", 35).is_theirs
    assert causes.Step("/home/me/jobs.py", 3).is_theirs


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("/home/me/.venv/lib/python3.11/site-packages/urllib3/util/connection.py", "urllib3/util/connection.py:5"),
        ("/home/me/.venv/lib/python3.11/site-packages/six.py", "six.py:5"),
        (contextlib.__file__, "contextlib.py:5"),
        (asyncio.locks.__file__, "asyncio/locks.py:5"),
        ("src/gevent/_gevent_c_greenlet_primitives.pxd", "gevent/_gevent_c_greenlet_primitives.pxd:5"),
    ],
)
def test_how_a_librarys_line_is_shown(file: str, shown: str) -> None:
    assert causes.shown(causes.Step(file, 5)) == shown


def test_a_deep_recursion_is_told_by_its_line() -> None:
    def deeper() -> None:
        deeper()  # the line that goes deeper

    limit = sys.getrecursionlimit()
    assert causes.line(caught(deeper)).endswith(f" at {HERE}:{line_of('# the line that goes deeper')}")
    assert sys.getrecursionlimit() == limit
