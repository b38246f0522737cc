"""Every built-in strategy keeps every promise of strategies/base.py."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from harness.strategies import BUILT_IN
from harness.strategies.checks import Checked, Promise
from tests.builders import LIBRARY

KNOWN = {
    ("greenlet", "cleaning_up_may_wait"): "throw and close resume a task once only",
    ("generator", "cleaning_up_may_wait"): "throw and close resume a task once only",
    ("trio", "cleaning_up_may_wait"): "a cancelled task of trio's cannot wait, by design",
    ("trio", "the_end_stays_the_end_over_tls"): "trio's BrokenResourceError is no OSError",
    ("trio", "a_reset_connection_is_an_os_error"): "trio's BrokenResourceError is no OSError",
}
"""Promises not kept yet, and why. One that comes to be kept fails here (xfail_strict)."""
ONE_AFTER_ANOTHER = {"sequential"}
ONE_AT_A_TIME = {"sequential", "greenlet", "generator"}


@cache
def checked(name: str) -> Checked:
    return Checked(BUILT_IN[name])


def needs_its_library(name: str) -> None:
    if (library := LIBRARY.get(name)) and importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")


def every() -> Iterator[Any]:
    for name in BUILT_IN:
        for promise in checked(name).promises():
            reason = KNOWN.get((name, str(promise)))
            marks = [pytest.mark.xfail(reason=reason)] if reason else []
            yield pytest.param(name, promise, marks=marks, id=f"{name}-{promise}")


@pytest.mark.parametrize(("name", "promise"), list(every()))
def test_promise(name: str, promise: Promise) -> None:
    needs_its_library(name)
    promise.keep()


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_a_strategy_is_like_is_found_by_measuring(name: str) -> None:
    """So that no promise is passed over because a task, or a connection, no longer overlaps another."""
    needs_its_library(name)
    assert checked(name).overlaps == (name not in ONE_AFTER_ANOTHER)
    assert checked(name).serves_many == (name not in ONE_AT_A_TIME)
