"""What failed is said in one line: the cause, and the user's own line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Document = Callable[..., dict[str, Any]]
Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Said = Callable[[dict[str, Any]], str]


def reasons(found: dict[str, dict[str, dict[str, Any]]]) -> dict[str, str]:
    """Of functions under the only strategy. Each is one line."""
    told = {}
    for name, by_strategy in found.items():
        (row,) = by_strategy.values()
        assert row["status"] == "failed", (name, row["status"])
        assert len(row["reason"].splitlines()) == 1, name
        told[name] = row["reason"]
    return told


def test_the_leaf_of_a_group_is_the_cause(measured: Measured) -> None:
    told = reasons(measured("failing.py", "grouped grouped_twice many_groups", "asyncio", "--quick"))
    assert re.search(r"ValueError: page \d has no title", told["grouped"])
    assert re.search(r"ValueError: page \d has no title", told["grouped_twice"])
    assert "KeyError" in told["many_groups"] or "not there" in told["many_groups"]
    assert all("failing.py" in one for one in told.values())


def test_the_end_of_a_chain_and_the_users_own_line_are_said(measured: Measured) -> None:
    told = reasons(measured("failing.py", "refused wrapped in_library", "threads", "--quick"))
    assert "Connection refused" in told["refused"]
    assert "invalid literal" in told["wrapped"]
    assert "JSONDecodeError" in told["in_library"]
    assert all(re.search(r"failing\.py:\d+", one) for one in told.values())


def test_what_has_no_text_is_told_by_its_source_line(measured: Measured) -> None:
    told = reasons(measured("failing.py", "assertion odd cancelled interrupts stops lines", "asyncio", "--quick"))
    assert "assert index == 99" in told["assertion"]
    assert "Odd" in told["odd"]
    assert all(re.search(r"failing\.py:\d+", one) for one in told.values())
    assert not any(re.search(r":  |: at ", one) for one in told.values())


def test_a_text_of_fifty_megabytes_is_the_same_failure_under_every_strategy(measured: Measured) -> None:
    (found,) = measured("failing.py", "long_text", "sequential,threads,gevent,asyncio", "--quick").values()
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "failed")
    assert all(len(row["reason"]) < 1000 for row in found.values())


def test_what_a_file_printed_last_is_shown_where_it_ended_at_import(measured: Measured, said: Said) -> None:
    (found,) = measured("arguments.py", "task", "threads,gevent-patched", "--quick").values()
    for row in found.values():
        assert row["status"] == "failed"
        assert "the following arguments are required: url" in said(row)
        assert "arguments.py:7" in said(row)


def test_segfaults_and_recursions_are_told_at_the_users_line(measured: Measured) -> None:
    found = measured("shapes.py", "segfault recursion", "threads", "--quick")
    crashed, deep = found["segfault"]["threads"]["reason"], found["recursion"]["threads"]["reason"]
    assert "SIGSEGV" in crashed
    assert "shapes.py" in crashed
    assert 'File "<string>"' not in crashed
    assert "RecursionError" in deep
    assert "shapes.py" in deep
