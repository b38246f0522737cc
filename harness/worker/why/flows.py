"""In which lines of one function its tasks waited: those that wait one after another."""

from __future__ import annotations

import inspect
import linecache
import tokenize
from collections import Counter
from collections.abc import Iterable
from types import CodeType
from typing import Any

from harness.worker.why.waiters import Waiter

MOST_FUNCTIONS, MOST_SOURCE = 20, 20_000


class Flows:
    """Seconds that tasks waited, by function and line."""

    def __init__(self) -> None:
        self._lines: dict[CodeType, Counter[int]] = {}

    def add(self, waiters: Iterable[Waiter], seconds: float) -> None:
        """So they waited for so long. (A thread may as well compute.)"""
        for one in waiters:
            for code, line in () if one.is_thread else one.lines:
                self._lines.setdefault(code, Counter())[line] += seconds  # type: ignore[assignment]

    def told(self) -> list[dict[str, Any]]:
        """As JSON has it: those in which tasks waited longest."""
        longest = sorted(self._lines.items(), key=lambda item: -sum(item[1].values()))[:MOST_FUNCTIONS]
        return [
            {
                "file": code.co_filename, "function": code.co_name, "first_line": code.co_firstlineno,
                "source": source_of(code), "lines": {str(line): seconds for line, seconds in lines.items()},
            }
            for code, lines in longest
        ]  # fmt: skip


def source_of(code: CodeType) -> str:
    """The text of a function; nothing where there is none, or more than one wants to read."""
    try:
        text = "".join(inspect.getblock(linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]))
    except (SyntaxError, tokenize.TokenError):  # it has changed since
        return ""
    return text if len(text) <= MOST_SOURCE else ""
