"""A server on one host, load generators on others: network namespaces, real processes, a path of a millisecond."""

from __future__ import annotations

import itertools
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import harness
from harness.process import generators
from harness.process.generators import Seen, together
from harness.record import store
from harness.record.sample import Record
from harness.worker.messages import Exchanged
from harness.workloads.latency import SHARES
from harness.workloads.peers.times import unpacked
from tests.builders import ROOT
from tests.hosts import Hosts, hosts, ip, needed

pytestmark = [pytest.mark.slow, needed]
HALF_WAY = 0.0005
LOAD = ("-s", "asyncio,gevent", "-W", "echo", "-P", "side=server", "-P", "seconds=0.3", "--concurrency", "8")
PATIENCE = 240.0
PINGS = "200"


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Hosts]:
    with hosts(3, tmp_path) as made:
        yield made


def apart(made: Hosts) -> tuple[str, ...]:
    return ("--server-on", "h1", "--load-from", "h2,h3", "--ssh", made.ssh)


def record(folder: Path) -> Record:
    (path,) = (folder / "results").glob("*.jsonl")
    return store.read(path)


def until(folder: Path, ready: Callable[[Record], bool]) -> None:
    """Wait until the record of the only run is as it is to be."""
    end = time.monotonic() + PATIENCE
    while not list((folder / "results").glob("*.jsonl")) or not ready(record(folder)):
        assert time.monotonic() < end, (folder / "c.log").read_text()
        time.sleep(0.1)


def refused(made: Hosts, folder: Path, *arguments: str) -> str:
    """The line with which a run is refused, before it leaves a record."""
    assert made.run(*LOAD, "--blocks", "2", *arguments).wait(PATIENCE) == 2
    assert not list((folder / "results").glob("*.jsonl"))
    (line,) = (line for line in (folder / "c.log").read_text().splitlines() if line.startswith("harness: "))
    return line


def ping(made: Hosts, name: str, address: str) -> list[float]:
    """Round trips from a host: seconds."""
    command = [
        "ip",
        "netns",
        "exec",
        made.namespace(name),
        sys.executable,
        str(ROOT / "tests" / "ping.py"),
        address,
        PINGS,
    ]
    found: list[float] = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE).stdout)
    return found


def in_other_times(made: Hosts, name: str) -> str:
    """What has a shell on a host; on one, where the kernel can, with a clock that is two hours ahead."""
    if not Path("/proc/self/ns/time").exists():
        return made.ssh
    ahead = "unshare --time --pid --mount-proc --kill-child --fork --monotonic 7200 --boottime 7200"
    shift = f'case {{host}} in {name}) exec {ahead} sh -c "$0";; esac; '
    return f"{made.ssh} '{shift}exec sh -c \"$0\"'"


def test_two_say_what_one_list_says_over_a_path_as_long_as_a_ping_finds_it(
    three: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[list[Exchanged], Seen]] = []

    def hearing(each: list[Exchanged]) -> Seen:
        said.append((each, together(each)))
        return said[-1][1]

    monkeypatch.setattr(generators, "together", hearing)
    three.lengthen("h1", HALF_WAY)
    before = {name: ping(three, name, three.address("h1")) for name in ("h2", "h3")}
    made = harness.run(
        "echo", strategies=["asyncio"], options={"side": "server", "seconds": 0.3}, concurrency=7, blocks=4,
        server_on="h1", load_from="h2,h3", ssh=in_other_times(three, "h3"), results=tmp_path / "results",
    )  # fmt: skip
    after = {name: ping(three, name, three.address("h1")) for name in ("h2", "h3")}
    found = record(tmp_path)
    loads = [done.load for one in found.every for done in (*one.warmups, *one.rounds)]
    assert len(loads) == len(said) >= 4 * 2
    exact = set()
    for each, seen in said:
        one_list = sorted(itertools.chain.from_iterable(unpacked(one.times) for one in each))
        assert seen.answers == len(one_list) == sum(one.answers for one in each)
        percentiles = {name: one_list[math.ceil(share * len(one_list)) - 1] / 1e9 for name, share in SHARES.items()}
        assert {name: seen.latency[name] for name in percentiles} == percentiles
        assert min(percentiles.values()) >= 2 * HALF_WAY * 0.9
        exact.add((len(one_list), percentiles["p99"]))
        assert abs(each[0].began - each[1].began) < 1.0  # by one clock, though theirs are hours apart
    assert {(load.answers, load.latency_seconds.p99) for load in loads if load} == exact
    (group,) = made.groups
    for name, took in group.round_trip_seconds.items():
        pinged = statistics.median(before[name] + after[name])
        assert took.median == pytest.approx(pinged, rel=0.1), (took, pinged)
    assert [site.facts["network"]["mtu"] for site in found.sites] == [1500] * 3
    assert {site.facts["network"]["address"] for site in found.sites} == {
        three.address(name) for name in ("h1", "h2", "h3")
    }
    assert {one.facts["address"][0] for one in found.every} == {three.address("h1")}
    assert three.quiet(("h1", "h2", "h3"))


@pytest.mark.together
def test_a_host_that_dies_costs_the_block_in_flight_alone(three: Hosts, tmp_path: Path) -> None:
    run = three.run(*LOAD, "--blocks", "6", *apart(three))
    for name, blocks in (("h3", 1), ("h1", 3)):
        until(tmp_path, lambda found, blocks=blocks: len({one.block for one in found.every}) >= blocks)
        time.sleep(0.7)
        three.kill(name)
    assert run.wait(PATIENCE) == 0, (tmp_path / "c.log").read_text()
    found = record(tmp_path)
    assert found.end
    assert found.end.status == "complete"
    assert len({(one.strategy, one.arm, one.block) for one in found.every}) == len(found.every) == 6 * 3
    assert {one.status for one in found.every} == {"ok"}
    lost = [(one.host, one.reason.startswith("--load-from h3: ")) for one in found.losses if one.block is not None]
    assert lost[:2] == [("h1", True), ("h1", False)], found.losses
    assert three.quiet(three.names)


@pytest.mark.together
def test_a_path_that_breaks_is_no_fault_of_a_strategy(three: Hosts, tmp_path: Path) -> None:
    run = three.run(*LOAD, "--blocks", "3", *apart(three))
    until(tmp_path, lambda found: bool(found.every))
    route = ("blackhole", f"{three.address('h3')}/32")
    ip("-n", three.namespace("h1"), "route", "add", *route)
    until(tmp_path, lambda found: bool(found.losses))
    ip("-n", three.namespace("h1"), "route", "del", *route)
    assert run.wait(PATIENCE) == 0, (tmp_path / "c.log").read_text()
    found = record(tmp_path)
    assert {one.status for one in found.every} == {"ok"}
    assert len(found.every) == 3 * 3
    assert all(one.reason.startswith("h3 does not reach h1: ") for one in found.losses), found.losses


@pytest.mark.together
def test_a_server_that_a_generator_does_not_reach_is_one_line(three: Hosts, tmp_path: Path) -> None:
    ip("-n", three.namespace("h1"), "route", "add", "blackhole", f"{three.address('h3')}/32")
    line = refused(three, tmp_path, *apart(three))
    why = f"h3 does not reach h1: {three.address('h1')}: timed out"
    assert line == f"harness: --server-on: no host can be used: h1: {why}"


@pytest.mark.together
def test_a_server_at_a_public_address_is_asked_for(three: Hosts, tmp_path: Path) -> None:
    for number, name in enumerate(("h1", "h2", "h3", "c"), 1):
        ip("-n", three.namespace(name), "addr", "flush", "dev", "eth0")
        ip("-n", three.namespace(name), "addr", "add", f"8.8.4.{number}/24", "dev", "eth0")
    line = refused(three, tmp_path, *apart(three))
    assert line.endswith("h1: it has no address of a private network: --insecure serves at any")
    assert three.run(*LOAD, "--blocks", "1", *apart(three), "--insecure").wait(PATIENCE) == 0
    assert {one.facts["address"][0] for one in record(tmp_path).every} == {"8.8.4.1"}


@pytest.mark.together
def test_a_run_that_is_interrupted_goes_on_and_leaves_nothing(three: Hosts, tmp_path: Path) -> None:
    run = three.run(*LOAD, "--blocks", "4", *apart(three))
    until(tmp_path, lambda found: bool(found.every))
    time.sleep(0.5)
    run.kill()
    run.wait()
    assert three.quiet(three.names)
    assert three.run("--resume", "latest", "--ssh", three.ssh).wait(PATIENCE) == 0, (tmp_path / "c.log").read_text()
    found = record(tmp_path)
    assert len({(one.strategy, one.arm, one.block) for one in found.every}) == len(found.every) == 4 * 3
