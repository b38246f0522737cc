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

NO_TLS = "rloop opens no connection with TLS"
KNOWN = {
    ("greenlet", "cleaning_up_may_wait"): "throw and close resume a task once only",
    ("generator", "cleaning_up_may_wait"): "throw and close resume a task once only",
    ("trio", "cleaning_up_may_wait"): "a cancelled task of trio's cannot wait, by design",
    ("anyio", "cleaning_up_may_wait"): "a cancelled task of anyio's cannot wait, by design",
    ("anyio", "a_reset_connection_is_an_os_error"): "anyio's BrokenResourceError is no OSError",
    ("anyio-trio", "cleaning_up_may_wait"): "a cancelled task of anyio's cannot wait, by design",
    ("anyio-trio", "a_reset_connection_is_an_os_error"): "anyio's BrokenResourceError is no OSError",
    ("eventlet", "a_reset_connection_is_an_os_error"): "to eventlet's sockets a reset is the end",
    ("eventlet-patched", "a_reset_connection_is_an_os_error"): "to eventlet's sockets a reset is the end",
    ("rloop", "connect_send_receive_and_close_work_over_tls"): NO_TLS,
    ("rloop", "the_end_stays_the_end_over_tls"): NO_TLS,
    ("rloop", "an_untrusted_certificate_is_an_os_error"): NO_TLS,
    ("trio", "the_end_stays_the_end_over_tls"): "trio's BrokenResourceError is no OSError",
    ("trio", "a_reset_connection_is_an_os_error"): "trio's BrokenResourceError is no OSError",
}
"""Promises not kept yet, and why. One that comes to be kept fails here (xfail_strict)."""
HANGING = {
    ("rloop", "a_reset_connection_is_an_os_error"): "rloop never tells of a reset",
    ("rloop", "a_client_that_half_closes_gets_all_its_answers_and_an_end"): "a peer sees no end of what rloop closes",
    ("rloop", "where_descriptors_run_out_it_goes_on_with_those_that_it_has"): "rloop then accepts nothing any more",
}
"""As `KNOWN`, of those that would be waited for: they are not looked at."""
ONE_AFTER_ANOTHER = {"sequential"}
NOT_MANY = {"sequential", "greenlet", "generator", "processes", "interpreters"}
"""Those that serve one client at a time, or none."""


@cache
def checked(name: str) -> Checked:
    return Checked(BUILT_IN[name], {promise for one, promise in HANGING if one == name})


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
    assert checked(name).serves_many == (name not in NOT_MANY)
