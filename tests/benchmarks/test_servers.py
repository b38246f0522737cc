"""Servers: connections held, what the load generator is capable of, and what serving under the harness costs."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.statistics.paired import Rounds, log_ratios, one_sample
from harness.workloads.echo import Echo
from harness.workloads.peers.lines import Talk
from harness.workloads.peers.load import Clients
from tests.benchmarks.environment import number

ROOT = Path(__file__).parents[2]
BY_HAND = Path(__file__).with_name("servers_by_hand.py")
PAIRS = number("HARNESS_SERVER_PAIRS")
CONNECTIONS, MESSAGES, TURNS = 100, 100, 6
RUNS = 10
Measure = Callable[..., dict[str, Any]]
Report = Callable[[dict[str, Any]], None]


@pytest.mark.harness_strategies("gevent", "gevent-patched", "asyncio", "uvloop", "trio", "threads")
def test_ten_thousand_connections_are_held_and_verified(harness_benchmark: Measure, row: Report) -> None:
    held(harness_benchmark, 10_000, row)


@pytest.mark.harness_strategies("gevent", "asyncio")
def test_nineteen_thousand_connections_are_held_and_verified(harness_benchmark: Measure, row: Report) -> None:
    held(harness_benchmark, 19_000, row)


def held(measure: Measure, connections: int, row: Report) -> None:
    """So many connections, `RUNS` times."""
    measured = measure("echo", side="server", messages=3, concurrency=connections, blocks=1, rounds=RUNS, timeout=600)
    row(
        {
            "strategy": measured["strategy"],
            "runs": measured["rounds"],
            "held": f"{measured['connections_held']:,}",
            "accepted in": f"{measured['accept_seconds']:.2f} s",
            "answers/s": f"{measured['answers_per_second']:,.0f}",
            "memory per connection": f"{measured['memory_per_connection_bytes']:,} B",
            "threads": f"{measured['threads_max']:,}",
            "warnings": "; ".join(measured["warnings"]),
        }
    )
    assert measured["connections_held"] == connections
    assert measured["rounds"] == RUNS


class Resp:
    """ECHO as redis speaks it."""

    def exchange(self, index: int) -> tuple[bytes, bytes]:
        text = f"{index:064}".encode()
        return b"*2\r\n$4\r\nECHO\r\n$64\r\n" + text + b"\r\n", b"$64\r\n" + text + b"\r\n"


@contextlib.contextmanager
def apart() -> Iterator[tuple[list[str], list[str]]]:
    """What stands before a server and a client, so that each has a core; this process is on the client's."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("needs two cores")
    os.sched_setaffinity(0, cores[:1])
    try:
        yield ["taskset", "-c", str(cores[-1])], ["taskset", "-c", str(cores[0])]
    finally:
        os.sched_setaffinity(0, cores)


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    environment = dict(os.environ)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.terminate()


def rate(talk: Talk, port: int, messages: int = MESSAGES) -> tuple[float, float]:
    """Answers a second that the generator gets in this process, and its share of a core."""
    clients = Clients(talk)
    opened = clients.connect(("127.0.0.1", port), CONNECTIONS, 0.0, 10.0)
    assert opened["served"] == CONNECTIONS
    said = clients.exchange(messages, 0.0, 0.0, 1, 10.0, 120.0)
    clients.close()
    assert said["unanswered"] == 0
    return said["answers"] / said["seconds"], said["cpu_seconds"] / said["seconds"]


def port_of(process: subprocess.Popen[str]) -> int:
    """The port that a server says, by hand or under the harness."""
    if process.args[-1] in ("gevent", "threads", "asyncio"):  # type: ignore[index]
        assert process.stdout is not None
        return int(process.stdout.readline())
    assert process.stderr is not None
    return int(process.stderr.readline().partition("127.0.0.1:")[2].partition(";")[0])


def told(ratios: list[float]) -> str:
    """An estimate with its interval."""
    estimate, low, high = (math.exp(one) for one in one_sample(ratios).values())
    return f"{estimate:.3f} ({low:.3f} to {high:.3f})"


@pytest.mark.skipif(
    not (shutil.which("redis-server") and shutil.which("redis-benchmark")), reason="needs redis-server, redis-tools"
)
@pytest.mark.benchmark(group="ceiling")
def test_the_generator_is_faster_than_what_it_measures(benchmark: Any, row: Report) -> None:
    """Against the fastest server at hand, redis, in turn with redis-benchmark; and against the fastest strategy's."""
    ours, theirs, uvloop, shares = [], [], [], []
    with apart() as (far, near), socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        reserved.close()
        redis = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        serve = [sys.executable, "-m", "harness", "serve", "-s", "uvloop", "--port", "0"]
        with started([*far, *redis]), started([*far, *serve]) as served:
            best = port_of(served)
            for _ in range(100):
                with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)

            def pairs() -> None:
                for _ in range(PAIRS):
                    found, share = rate(Resp(), port, 500)
                    ours.append(found)
                    shares.append(share)
                    count = str(CONNECTIONS * 500)
                    load = ["redis-benchmark", "-p", str(port), "-c", str(CONNECTIONS), "-n", count, "--csv"]
                    said = subprocess.run([*near, *load, "ECHO", "0" * 64], capture_output=True, text=True, check=True)
                    theirs.append(float(said.stdout.splitlines()[-1].split(",")[1].strip('"')))
                    uvloop.append(rate(Echo(side="server"), best)[0])

            benchmark.pedantic(pairs, rounds=1)
    cell = {
        "generator": f"{np.median(ours):,.0f}/s",
        "redis-benchmark": f"{np.median(theirs):,.0f}/s",
        "generator / redis-benchmark": told(list(np.log(np.divide(ours, theirs)))),
        "uvloop's server": f"{np.median(uvloop):,.0f}/s",
        "generator / uvloop's server": told(list(np.log(np.divide(ours, uvloop)))),
        "its CPU": f"{np.median(shares):.0%}",
    }
    row(cell)
    benchmark.extra_info.update(cell)


@pytest.mark.parametrize("strategy", ["gevent", "threads", "asyncio"])
@pytest.mark.benchmark(group="servers by hand")
def test_a_server_costs_what_it_costs_by_hand(strategy: str, benchmark: Any, row: Report) -> None:
    ratios: list[float] = []
    with apart() as (far, _):
        by_hand = [*far, sys.executable, str(BY_HAND), strategy]
        serve = [*far, sys.executable, "-m", "harness", "serve", "-s", strategy, "--port", "0"]

        def pairs() -> None:
            """Both servers live at once, on one core, and are loaded in turn: one with nothing to do takes nothing."""
            for _ in range(PAIRS):
                with started(by_hand) as theirs, started(serve) as ours:
                    ports = {"theirs": port_of(theirs), "ours": port_of(ours)}
                    rates = {name: Rounds([], []) for name in ports}
                    for port in ports.values():
                        rate(Echo(side="server"), port, 20)
                    for turn in range(TURNS):
                        for place, name in enumerate(sorted(ports, reverse=bool(turn % 2))):
                            rates[name].values.append(rate(Echo(side="server"), ports[name])[0])
                            rates[name].places.append(2 * turn + place)
                    ratios.extend(log_ratios({0: rates["ours"]}, {0: rates["theirs"]}))

        benchmark.pedantic(pairs, rounds=1)
    cell = {"answers a second, ours / by hand": told(ratios), "pairs": PAIRS}
    row({"strategy": strategy} | cell)
    benchmark.extra_info.update(cell)
