"""A host's side, through the real thing: a process that starts as it would by ssh."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from harness.hosts import agent, boot, sent
from harness.hosts.client import Client, Unfit, Wanted
from harness.hosts.kinds import Environment
from harness.hosts.messages import Answered, Busy, Do, Measure, Measured, Told, Unable
from harness.hosts.sent import Archive
from harness.hosts.ssh import BEGIN, line, program
from harness.machine import lock
from harness.measure.pilot import MANY
from harness.measure.unit import Unit
from harness.process.remote import Gone
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.strategies import BUILT_IN
from tests.builders import plan
from tests.hosts import needed as namespaces

SLEEP = PlannedGroup("sleep", "harness.workloads.sleep:Sleep", {"seconds": 0.001}, 2, 2, floor_seconds=0.001)
STRATEGIES = [PlannedStrategy(name, BUILT_IN[name]) for name in ("sequential", "threads")]
PLAN: Plan = msgspec.structs.replace(plan(), strategies=STRATEGIES, groups=[SLEEP])
SECONDS = 60.0


class Host:
    """A host in this machine: an agent with a lock and a cache of its own."""

    def __init__(self, folder: Path, command: str | None = None, **changed: Any) -> None:
        self.lock = str(folder / "lock")
        environment = Environment(**boot.environment())
        self.wanted = Wanted(environment, sent.program(), (), install=False)._replace(**changed)
        words = [
            "env",
            f"HARNESS_LOCK={self.lock}",
            f"HARNESS_CACHE={folder / 'cache'}",
            "sh",
            "-c",
            command or program(),
        ]
        self.line = line(words)
        self.client = Client(self.line, self.wanted)

    def measure(self, made: Plan = PLAN, unit: Unit = Unit(0, 2, [0, 1], 1)) -> Answered:  # noqa: B008
        return self.client.ask(Measure(made, unit, [], 12.0), SECONDS)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    made: list[Host] = []

    def start(**changed: Any) -> Host:
        made.append(Host(tmp_path, **changed))
        return made[-1]

    yield start
    for one in made:
        one.line.close()


def children(of: psutil.Process) -> list[psutil.Process]:
    return of.children(recursive=True)


def test_it_greets_and_measures_blocks(host: Callable[..., Host], tmp_path: Path) -> None:
    one = host()
    joined = one.client.bring_up()
    assert joined.greeting.facts["python"] == one.wanted.environment.python
    assert abs(joined.offset) < 5
    for block in (0, 1):
        answer = one.measure(unit=Unit(0, block, [0, 1], chooses=not block))
        assert isinstance(answer, Measured), answer
        assert {one.status for one in answer.samples} == {"ok"}
        assert [one.arm for one in answer.samples] == ["row", "row", "null"][: 3 - block]
        assert all(12.0 <= (done.at_seconds or 0.0) < 12.0 + SECONDS for one in answer.samples for done in one.rounds)
        assert answer.mark.engine_seconds is None
    (name,) = (tmp_path / "cache" / "sent").iterdir()
    assert name.name == one.wanted.program.key[: boot.KEY]


IDENTITY = "from harness.hosts import agent; print(agent.identity('m'))"


@namespaces
@pytest.mark.parametrize(("named", "others"), [("", 0), ("h1", 1)])
def test_what_has_a_network_of_its_own_is_no_machine_of_its_own(named: str, others: int) -> None:
    """As a container or a pod has, unless tests say that it is one."""
    command = ["unshare", "--net", "env", f"HARNESS_HOST={named}", sys.executable, "-c", IDENTITY]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS).stdout.strip()
    assert len({said} - {agent.identity("another key")}) == others


def test_it_measures_while_nobody_else_does(host: Callable[..., Host]) -> None:
    one = host()
    one.client.bring_up()
    with lock.machine(False, lambda text: None, one.lock):
        answer = one.measure()
        assert isinstance(answer, Busy)
        assert answer.reason.startswith("another run is measuring (pid ")
    assert isinstance(one.measure(), Measured)


def test_who_holds_the_machine_and_says_nothing_more_is_taken_for_gone(host: Callable[..., Host]) -> None:
    """As a client is whose cable was cut: sshd may notice hours later."""
    one = host()
    one.client.bring_up()
    agent = psutil.Process(one.line._process.pid)
    words = {"plan": msgspec.to_builtins(PLAN), "group": 0, "paths": [], "block": 0, "at_seconds": 0.0}
    assert isinstance(one.client.ask(Do("hold", {**words, "patience": 3600.0}), SECONDS), Told)
    with pytest.raises(lock.BusyError), lock.machine(False, lambda text: None, one.lock):
        pass
    assert isinstance(one.client.ask(Do("hold", {**words, "patience": 0.2}), SECONDS), Told)
    agent.wait(SECONDS)
    with lock.machine(False, lambda text: None, one.lock):
        pass


def test_what_the_host_does_not_allow_is_said(host: Callable[..., Host]) -> None:
    one = host()
    one.client.bring_up()
    many = msgspec.structs.replace(SLEEP, tasks=1 << 25, concurrency=1 << 25)
    strategies = [msgspec.structs.replace(STRATEGIES[1], threads_per_task=1)]
    answer = one.measure(msgspec.structs.replace(PLAN, groups=[many], strategies=strategies), Unit(0, 0, [0]))
    assert isinstance(answer, Unable)
    assert "threads, the limit is" in answer.reason


def test_what_cannot_hold_very_many_tasks_says_so_before_it_tries(host: Callable[..., Host]) -> None:
    one = host()
    one.client.bring_up()
    many = msgspec.structs.replace(SLEEP, tasks=MANY, concurrency=MANY, options={"seconds": 0.01})
    made = msgspec.structs.replace(PLAN, groups=[many], timeout=5.0)
    answer = one.measure(made, Unit(0, 0, [0], chooses=True))
    assert isinstance(answer, Measured)
    (sample,) = answer.samples
    assert (sample.strategy, sample.block, sample.status) == (0, 0, "timeout")
    assert "100,000 tasks would take about" in str(sample.reason)


def test_it_ends_in_mid_block_where_the_client_goes(host: Callable[..., Host]) -> None:
    one = host()
    one.client.bring_up()
    agent = psutil.Process(one.line._process.pid)
    slow = msgspec.structs.replace(SLEEP, options={"seconds": 30.0})
    message = Measure(msgspec.structs.replace(PLAN, groups=[slow]), Unit(0, 0, [0]), [], 0.0)
    with pytest.raises(Gone, match=r"no answer after 1\.5 s"):
        one.client.ask(message, 1.5)
    mine = children(agent)
    assert mine
    assert one.line._process.stdin
    one.line._process.stdin.close()
    _, alive = psutil.wait_procs([agent, *mine], 10)
    assert not alive


def test_what_it_lacks_is_said_before_anything_is_sent(host: Callable[..., Host], tmp_path: Path) -> None:
    environment = Environment(**boot.environment())
    more = environment._replace(distributions={**environment.distributions, "no-such-package": "1.0"})
    with pytest.raises(Unfit, match=r"no-such-package is not there, here 1\.0: make its environment the same"):
        host(environment=more).client.bring_up()
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow
@pytest.mark.skipif(find_spec("uv") is None, reason="needs uv")
def test_a_host_without_our_packages_gets_them(host: Callable[..., Host], tmp_path: Path) -> None:
    """From a package index: a bare Python, and what an agent and a worker of threads import."""
    venv.create(tmp_path / "bare", symlinks=True)
    begin = shlex.quote(f"{BEGIN}; {boot.START}")
    uv = f"PATH={Path(sys.executable).parent}:$PATH exec {tmp_path}/bare/bin/python -c {begin}"
    ours = Environment(**boot.environment())
    few = {name: ours.distributions[name] for name in ("msgspec", "psutil", "packaging")}
    environment = ours._replace(distributions=few)
    with pytest.raises(Unfit, match="msgspec is not there"):
        host(command=uv, environment=environment).client.bring_up()
    one, other = (host(command=uv, environment=environment, install=True) for _ in range(2))
    with ThreadPoolExecutor() as both:  # which share a home
        list(both.map(lambda each: each.client.bring_up(), (one, other)))
    assert len(list((tmp_path / "cache" / "environments").iterdir())) == 1
    answer = one.measure()
    assert isinstance(answer, Measured)
    assert {one.status for one in answer.samples} == {"ok"}
    more = environment._replace(distributions=few | {"no-such-package-of-anybodys": "1.0"})
    with pytest.raises(Unfit, match="no-such-package-of-anybodys"):
        host(command=uv, environment=more, install=True).client.bring_up()


def test_what_arrives_is_what_was_sent(host: Callable[..., Host], tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="what arrived is not what was sent"):
        host(user=[Archive("0" * 64, b"something else", "/home")]).client.bring_up()


def test_a_client_that_hangs_up_before_all_is_there_leaves_nothing(host: Callable[..., Host]) -> None:
    one = host()
    process = psutil.Process(one.line._process.pid)
    time.sleep(0.2)
    one.line.close()
    assert not process.is_running()
