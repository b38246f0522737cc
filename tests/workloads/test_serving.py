"""The server's side of a workload: its demand, and a third party's that is written from the contract alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.worker.options import options_of
from harness.workloads.echo import Echo
from harness.workloads.http import Http
from harness.workloads.serving import Demand, Serving
from tests.builders import LOOK, rows
from tests.workloads.third_party import MINE


def test_the_demand_is_what_the_options_say() -> None:
    asked = Serving(side="server", messages=3, seconds=1.5, rate=20.0, ramp=0.5)
    assert asked.demand() == Demand(messages=3, seconds=1.5, rate=20.0, ramp=0.5, patience=0.0)


def test_a_server_that_takes_its_time_says_how_much() -> None:
    assert Echo(side="server", stall=0.2).demand().patience == 0.2
    assert Http(side="server", latency=1.5).demand().patience == 1.5


@pytest.mark.parametrize("name", ["seconds", "rate", "ramp"])
def test_what_only_a_server_is_asked_is_refused_to_a_client(name: str) -> None:
    options: dict[str, Any] = {name: 1.0}
    with pytest.raises(ValueError, match=f"^{name} is for side=server"):
        Echo(**options)
    with pytest.raises(ValueError, match=f"^{name} must be"):
        Echo(side="server", **{name: -1.0})


@pytest.mark.parametrize("name", ["processes", "generators"])
def test_one_is_what_there_was_before_there_was_such_an_option(name: str) -> None:
    two: dict[str, Any] = {name: 2}
    assert name not in options_of(Echo(side="server"))
    assert options_of(Echo(side="server", **two))[name] == 2
    with pytest.raises(ValueError, match=f"^{name} is for side=server"):
        Echo(**two)
    with pytest.raises(ValueError, match=f"^{name} must be 1 or more"):
        Http(side="server", **{name: 0})


def test_the_connections_of_a_server_are_its_tasks_and_all_in_flight() -> None:
    assert Echo(side="server").sizes(None, None) == (100, 100)
    assert Echo(side="server").sizes(7, None) == Echo(side="server").sizes(9, 7) == (7, 7)
    assert Echo().sizes(7, None) == (7, 7)


@pytest.fixture
def mine(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(MINE)
    return "./mine.py:Mine"


def test_a_third_partys_server_needs_no_more_than_the_contract(
    mine: str, document: Callable[..., dict[str, Any]]
) -> None:
    asked = ("-s", "gevent,threads,asyncio", "-W", mine, "-P", "side=server", "-P", "messages=7", "-P", "longest=5")
    for row in rows(document(*asked, "--concurrency", "4", *LOOK)).values():
        assert row["status"] == "ok", row["reason"]
        assert row["connections_held"] == 4


def test_a_third_partys_server_serves_from_several_processes(
    mine: str, document: Callable[..., dict[str, Any]]
) -> None:
    asked = ("-s", "asyncio", "-W", mine, "-P", "side=server", "-P", "processes=3", "-P", "messages=7", *LOOK)
    row = rows(document(*asked, "--concurrency", "30"))["asyncio"]
    assert row["status"] == "ok", row["reason"]
    assert row["connections_held"] == 30


def test_a_third_partys_server_is_loaded_by_several_generators(
    mine: str, document: Callable[..., dict[str, Any]]
) -> None:
    asked = ("-s", "asyncio", "-W", mine, "-P", "side=server", "-P", "generators=2", "-P", "messages=7", *LOOK)
    row = rows(document(*asked, "--concurrency", "5"))["asyncio"]
    assert row["status"] == "ok", row["reason"]
    assert (row["connections_held"], row["generators"]) == (5, 2)
