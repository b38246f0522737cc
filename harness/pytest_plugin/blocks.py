"""Tests that hold code to blocking nothing: in a worker, or where the test itself runs."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.explain.blocked import blocked
from harness.explain.explain import why
from harness.explain.finding import Explanation, Finding
from harness.explain.seen import Seen
from harness.worker.why.lines import Usage, of_function

BLOCKS = ("blocked-loop", "not-patched")
MS = 30.0


def checked(
    workload: Any, strategy: Any = "asyncio", *, ms: float = MS, tasks: int | None = None,
    concurrency: int | None = None, **options: Any,
) -> Explanation:  # fmt: skip
    """What was seen of a workload in a worker; the test fails where a line of it blocks for `ms` in sum."""
    try:
        said = why(
            workload, strategy, options=options, tasks=tasks, concurrency=concurrency, threshold=seconds(ms), wait=True
        )
    except HarnessError as wrong:
        pytest.fail(str(wrong), pytrace=False)
    if said.reason:
        pytest.fail(f"it did not come to its end: {said.reason}", pytrace=False)
    refuse([one for one in said.findings if one.kind in BLOCKS])
    return said


@contextlib.contextmanager
def watched(item: pytest.Item, ms: float = MS) -> Iterator[None]:
    """See which lines hold up the others in a test that runs here; it fails where one does so for `ms` in sum."""
    function = getattr(item, "function", None)
    lines = of_function(function, seconds(ms))
    try:
        lines.begin()
    except Usage as held:  # a debugger, or coverage: not to be disturbed
        pytest.skip(f"blocks_nothing: {held}")
    try:
        yield
    finally:
        lines.end()
    told = lines.seen() | {"loop": loop(item)}
    refuse(list(blocked(Seen("", item.name, 1, 1, told["wall"], seconds(ms), {"lines": told}))))


def seconds(ms: Any) -> float:
    """A threshold in seconds. Fails the test where it is none."""
    if not isinstance(ms, int | float) or not ms > 0:
        pytest.fail(f"blocks_nothing: {ms!r}: milliseconds above 0", pytrace=False)
    return ms / 1e3


def loop(item: pytest.Item) -> str | None:
    """What most likely runs the tasks of a test."""
    if backend := getattr(item, "funcargs", {}).get("anyio_backend"):
        return str(backend if isinstance(backend, str) else backend[0])
    if inspect.iscoroutinefunction(getattr(item, "function", None)):
        return "trio" if "trio" in sys.modules and "pytest_trio" in sys.modules else "asyncio"
    return "gevent" if "gevent" in sys.modules else "asyncio" if "asyncio" in sys.modules else None


def refuse(found: list[Finding]) -> None:
    """Fail the test where something blocks, and say what to change."""
    if found:
        said = [f"{one.file}:{one.line} in {one.function}: {one.text}: {one.advice}" for one in found]
        pytest.fail("\n".join(["blocks_nothing: these lines hold up all other tasks", *said]), pytrace=False)
