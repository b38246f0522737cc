"""A server on one host and what loads it on others: agents that start as they would by ssh, on this machine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from harness.hosts import apart as module
from harness.hosts import boot, sent
from harness.hosts.apart import Team, There
from harness.hosts.client import Unfit, Wanted
from harness.hosts.kinds import Environment
from harness.hosts.messages import Busy, Measure, Measured
from harness.hosts.ssh import MARK, program
from harness.machine import lock
from harness.measure.unit import Unit
from harness.process.remote import Gone
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.strategies import BUILT_IN
from harness.workloads.serving import Demand
from tests.builders import plan

OPTIONS = {"side": "server", "messages": 10, "seconds": 0.0, "rate": 0.0, "ramp": 0.0, "size": 8, "stall": 0.0}
ECHO = PlannedGroup(
    "echo", "harness.workloads.echo:Echo", OPTIONS, 5, 5, serves=True, generators=2,
    demand=Demand(10, 0.0, 0.0, 0.0, 0.0),
)  # fmt: skip
PLAN: Plan = msgspec.structs.replace(
    plan(), strategies=[PlannedStrategy(name, BUILT_IN[name]) for name in ("asyncio", "threads")], groups=[ECHO],
    pin="none", server_on="h1", load_from=["h2", "h3"], rounds=1,
)  # fmt: skip
MEASURE = Measure(PLAN, Unit(0, 3, [0, 1]), [], 12.0)
SECONDS = 60.0
OURS = Environment(**boot.environment())


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, list[str]]:
    """What starts an agent on each of three hosts, which this machine is."""
    own = {name: f"HARNESS_LOCK={tmp_path / name} HARNESS_CACHE={tmp_path / 'cache'}" for name in ("h1", "h2", "h3")}
    return {name: ["env", *words.split(), "sh", "-c", program()] for name, words in own.items()}


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Team]]:
    """Hosts that take themselves for several machines, and the loopback for their network."""
    monkeypatch.setattr(There, "bring_up", _as_others(There.bring_up))
    made: list[Team] = []

    def start(commands: dict[str, list[str]], environment: Environment = OURS) -> Team:
        made.append(Team(commands, Wanted(environment, sent.program(), (), install=False), public=False))
        made[-1]._address = "127.0.0.1"
        return made[-1]

    yield start
    for one in made:
        one.close()


def _as_others(bring_up: Callable[[There], Any]) -> Callable[[There], Any]:
    def named(there: There) -> Any:
        joined = bring_up(there)
        return joined._replace(greeting=msgspec.structs.replace(joined.greeting, identity=there.name))

    return named


def agents(one: Team) -> list[psutil.Process]:
    return [psutil.Process(there._remote._process.pid) for there in one._hosts]


def test_a_block_is_measured_by_all_of_them_together(team: Callable[..., Team], commands: dict[str, list[str]]) -> None:
    one = team(commands)
    joined = one.bring_up()
    assert [joined.name, *(other.name for other in joined.others)] == ["h1", "h2", "h3"]
    for each in (joined, *joined.others):
        network = each.greeting.facts["network"]
        assert (network["address"], network["device"], network["mtu"]) == ("127.0.0.1", "lo", 65536)
    said = one.ask(MEASURE, SECONDS)
    assert isinstance(said, Measured), said
    assert [(sample.status, sample.reason, sample.block) for sample in said.samples] == [("ok", None, 3)] * 2
    assert said.mark.round_trip_seconds is None
    assert all(0 < (mark.round_trip_seconds or 0) < 0.1 for mark in said.beside)
    for sample in said.samples:
        facts = {"generators": 2, "generator_cores": 2, "generator_hosts": 2, "apart": True}
        assert sample.facts.items() >= facts.items()
        assert sample.facts["address"][0] == "127.0.0.1"
        load = sample.rounds[0].load
        assert load
        assert (load.held, load.answers, len(load.by_generator)) == (5, 50, 2)
        assert load.together_seconds is not None
    assert not any(agent.children() for agent in agents(one))
    assert isinstance(one.ask(MEASURE, SECONDS), Measured)


def test_a_generator_that_fails_is_a_failure_of_the_row_as_on_one_machine(
    team: Callable[..., Team], commands: dict[str, list[str]]
) -> None:
    one = team(commands)
    one.bring_up()
    broken = msgspec.structs.replace(ECHO, options=OPTIONS | {"no_such_option": 1})
    said = one.ask(msgspec.structs.replace(MEASURE, plan=msgspec.structs.replace(PLAN, groups=[broken])), SECONDS)
    assert isinstance(said, Measured)
    assert {sample.status for sample in said.samples} == {"failed"}
    assert all("no_such_option" in str(sample.reason) for sample in said.samples)


def test_where_one_measures_already_the_block_goes_nowhere(
    team: Callable[..., Team], commands: dict[str, list[str]], tmp_path: Path
) -> None:
    one = team(commands)
    one.bring_up()
    with lock.machine(False, lambda text: None, str(tmp_path / "h3")):
        said = one.ask(MEASURE, SECONDS)
    assert isinstance(said, Busy)
    assert said.reason.startswith("--load-from h3: another run is measuring (pid ")
    for name in ("h1", "h2"):
        with lock.machine(False, lambda text: None, str(tmp_path / name)):
            pass
    assert isinstance(one.ask(MEASURE, SECONDS), Measured)


def test_a_host_that_goes_in_mid_block_takes_the_block_along(
    team: Callable[..., Team], commands: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = team(commands)
    one.bring_up()
    mine = agents(one)

    begun = module._Loaders.__init__

    def killed(loaders: Any, there: There, places: Any, of: int) -> None:
        begun(loaders, there, places, of)
        if there.name == "h3":
            mine[2].kill()

    monkeypatch.setattr(module._Loaders, "__init__", killed)
    with pytest.raises(Gone, match=r"^--load-from h3: "):
        one.ask(MEASURE, SECONDS)
    below = [child for agent in mine if agent.is_running() for child in agent.children(recursive=True)]
    one.close()
    _, alive = psutil.wait_procs([*mine, *below], 10)
    assert not alive


def test_hosts_that_are_one_machine_are_refused(commands: dict[str, list[str]]) -> None:
    one = Team(commands, Wanted(OURS, sent.program(), (), install=False), public=False)
    with pytest.raises(Unfit, match=r"^h2 is the same machine as h1: generators need one of their own$"):
        one.bring_up()
    one.close()


def test_another_version_is_said_with_its_host(team: Callable[..., Team], commands: dict[str, list[str]]) -> None:
    old = json.dumps({"python": "3.9.1", "implementation": "cpython", "distributions": {}})
    commands["h2"] = ["sh", "-c", f"read line; echo {shlex.quote(MARK.decode() + old)}; cat >/dev/null"]
    with pytest.raises(
        Unfit, match=rf"^--load-from h2: Python 3\.9\.1, here Python {OURS.python}: make its environment"
    ):
        team(commands).bring_up()


def test_a_server_that_is_not_reached_is_said_with_both_ends(
    team: Callable[..., Team], commands: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    do = There.do

    def elsewhere(there: There, verb: Any, *about: Any, **words: Any) -> Any:
        return [["127.0.0.1", 1]] if verb == "listen" else do(there, verb, *about, **words)

    monkeypatch.setattr(There, "do", elsewhere)
    with pytest.raises(Unfit, match=r"^h2 does not reach h1: 127\.0\.0\.1: Connection refused$"):
        team(commands).bring_up()


def test_what_the_plan_asks_of_a_host_beyond_its_limits_is_said_with_the_host(
    team: Callable[..., Team], commands: dict[str, list[str]]
) -> None:
    one = team(commands)
    one.bring_up()
    many = msgspec.structs.replace(ECHO, concurrency=1 << 25, sockets_per_task=1)
    said = one.ask(msgspec.structs.replace(MEASURE, plan=msgspec.structs.replace(PLAN, groups=[many])), SECONDS)
    assert "file descriptors, the limit is" in str(said)
