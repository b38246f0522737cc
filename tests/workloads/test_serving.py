"""The server's side of a workload: its demand, and a third party's that is written from the contract alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.workloads.echo import Echo
from harness.workloads.http import Http
from harness.workloads.serving import Demand, Serving
from tests.builders import LOOK, rows

MINE = '''
from dataclasses import dataclass
from harness.workloads.serving import Serving


@dataclass(frozen=True)
class Mine(Serving):
    """Answers each line with its length."""

    longest: int = 3

    def exchange(self, index):
        line = b"x" * (index % self.longest)
        return line + b"\\n", b"%d\\n" % len(line)

    def handle(self, io, stream):
        rest = b""
        while data := stream.receive(1000):
            *lines, rest = (rest + data).split(b"\\n")
            for line in lines:
                stream.send(b"%d\\n" % len(line))

    async def async_handle(self, io, stream):
        rest = b""
        while data := await stream.receive(1000):
            *lines, rest = (rest + data).split(b"\\n")
            for line in lines:
                await stream.send(b"%d\\n" % len(line))
'''


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
