"""Strategies as servers, by the real command line, with the real load generator."""

from __future__ import annotations

import importlib.util
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Round, Sample, Trial
from harness.statistics.fairness import server_warnings
from harness.statistics.verdicts import seconds
from harness.strategies import BUILT_IN
from tests.builders import LOAD, LOOK, ROUND, Finished, rows

HERE = [name for name in BUILT_IN if name not in ("uvloop", "trio") or importlib.util.find_spec(name)]
ONE_AT_A_TIME = ("sequential", "greenlet", "generator")
SERVER = ("-P", "side=server", *LOOK, "--silence", "2")


@pytest.mark.parametrize("connections", [1, *(pytest.param(number, marks=pytest.mark.slow) for number in (10, 500))])
def test_every_strategy_as_a_server(connections: int, document: Callable[..., dict[str, Any]]) -> None:
    found = rows(document("-W", "echo", *SERVER, "--concurrency", str(connections)))
    for name in HERE:
        row = found[name]
        if name in ONE_AT_A_TIME and connections > 1:
            assert row["status"] == "invalid"
            assert f"of {connections} connections were served while all were open" in row["reason"]
            continue
        assert row["status"] == "ok", row["reason"]
        assert row["connections_held"] == connections
        assert row["answers_per_second"] > 0
        assert row["limited_by"] in ("server", "generator", "neither")
        assert 0 < row["fairness"] <= 1
        assert row["latency_seconds"]["p999"] <= row["latency_seconds"]["max"]
        assert row["threads_max"] >= (connections if name in ("threads", "thread-pool") else 1)
        assert row["cpu_seconds"]["median"] > 0


def test_ratios_are_against_the_first_that_has_numbers(document: Callable[..., dict[str, Any]]) -> None:
    said = document("-s", "sequential,threads,asyncio", "-W", "echo", *SERVER, "--concurrency", "3")
    assert said["groups"][0]["reference"] == "threads"
    assert rows(said)["threads"]["ratio"]["estimate"] == 1.0
    assert rows(said)["asyncio"]["ratio"]["estimate"] > 0


def test_http_servers(document: Callable[..., dict[str, Any]]) -> None:
    asked = ("-s", "gevent,threads,asyncio", "-W", "http", *SERVER, "--concurrency", "20", "-P", "latency=0.01")
    for row in rows(document(*asked)).values():
        assert row["status"] == "ok", row["reason"]
        assert row["latency_seconds"]["p50"] >= 0.01


def test_a_rate_beyond_the_server_is_said(document: Callable[..., dict[str, Any]]) -> None:
    asked = ("-s", "threads", "-W", "echo", *SERVER, "--concurrency", "10", "-P", "rate=500000", "-P", "seconds=0.3")
    row = rows(document(*asked))["threads"]
    assert row["intended_per_second"] == 500000
    assert row["answers_per_second"] < 400000
    assert row["backlog_end"] > 0
    assert any(text.startswith("overloaded: 500,000 requests a second were due") for text in row["warnings"])


@pytest.mark.alone
def test_the_capacity_is_a_rate_that_held_below_one_that_did_not(
    document: Callable[..., dict[str, Any]], harness: Callable[..., Finished]
) -> None:
    asked = ("-s", "asyncio", "-W", "echo", *SERVER, "--concurrency", "10", "-P", "seconds=0.2")
    said = document(*asked, "--find-capacity", "--slo", "20ms")
    assert said["groups"][0]["slo_seconds"] == pytest.approx(0.02)
    capacity = rows(said)["asyncio"]["capacity_per_second"]
    assert 0 < capacity["low"] <= capacity["estimate"] <= capacity["high"]
    shown = harness("show", said["run"])
    assert "the highest rate with p99 under 20 ms" in shown.stdout


def test_a_strategy_that_does_not_serve_is_a_row_that_says_so(harness: Callable[..., Finished], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from harness.strategies.base import Strategy\n"
        "class Mine(Strategy):\n"
        "    io = None\n"
        "    def run(self, task, count, concurrency):\n"
        "        return [task(index) for index in range(count)]\n"
    )
    done = harness("run", "-s", "./mine.py:Mine", "-s", "threads", "-W", "echo", *SERVER, "--concurrency", "2")
    assert done.returncode == 0, done.stderr
    assert "unsupported: this strategy does not serve" in done.stdout


def test_a_server_that_dies_under_load_is_a_row_that_says_how(
    document: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "import os\nfrom harness.strategies.threads import Threads\n"
        "class Dying(Threads):\n"
        "    def serve(self, listener, handle, concurrency=None):\n"
        "        listener.accept()\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    said = rows(document("-s", "./mine.py:Dying", "-s", "threads", "-W", "echo", *SERVER, "--concurrency", "2"))
    assert said["./mine.py:Dying"]["status"] == "failed"
    assert "killed by SIGKILL" in said["./mine.py:Dying"]["reason"]
    assert said["threads"]["status"] == "ok"


def test_connections_that_are_accepted_and_never_served_are_counted(
    document: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "import resource\nfrom harness.strategies.asyncio import Asyncio\n"
        "class Short(Asyncio):\n"
        "    async def serve(self, listener, handle, concurrency=None):\n"
        "        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))\n"
        "        await super().serve(listener, handle, concurrency)\n"
    )
    row = rows(document("-s", "./mine.py:Short", "-W", "echo", *SERVER, "--concurrency", "100"))["./mine.py:Short"]
    assert row["status"] == "invalid"
    found = re.match(r"(\d+) of 100 connections were served while all were open: (\d+) got no answer", row["reason"])
    assert found
    assert 30 < int(found[1]) < 60
    assert int(found[1]) + int(found[2]) == 100


def test_a_server_that_answers_wrongly_is_invalid(document: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from harness.strategies.threads import Threads\n"
        "class Lying(Threads):\n"
        "    def serve(self, listener, handle, concurrency=None):\n"
        "        super().serve(listener, lambda stream: stream.send(stream.receive(100)), concurrency)\n"
    )
    said = rows(document("-s", "./mine.py:Lying", "-W", "echo", *SERVER, "--concurrency", "2"))
    assert said["./mine.py:Lying"]["status"] == "invalid"
    assert "the server answered b'task" in said["./mine.py:Lying"]["reason"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("run", "-W", "echo", "-P", "rate=5"), "rate is for side=server"),
        (("run", "-W", "echo", "-P", "stall=0.1"), "stall must be less than a second, and is for side=server"),
        (("run", "-W", "echo", "-P", "side=both"), "side=both: it is one of client, server"),
        (("run", "-W", "http", "-P", "side=server", "-P", "tls=yes"), "url, tls and client are for side=client"),
        (("run", "-W", "echo", "--find-capacity"), "--find-capacity is for servers"),
        (("run", "-W", "echo", "-P", "side=server", "--slo", "5ms"), "--slo is for --find-capacity"),
        (("run", "-W", "echo", "-P", "side=server", "--slo", "5", "--find-capacity"), "such as 10ms"),
        (("run", "-W", "echo", "-P", "side=server", "--count", "instructions"), "a server's instructions"),
        (
            ("run", "-s", "gevent", "-W", "echo", "-P", "side=server", "--concurrency", "30000000"),
            "needs 30,000,000 + 50 = 30,000,050 file descriptors",
        ),
        (("serve", "--host", "0.0.0.0"), "--host 0.0.0.0 is no loopback address: say --allow-remote"),
        (("serve", "-W", "noop", "--port", "0"), "noop has no server's side; echo and http have one"),
        (("serve", "-s", "gevent,threads", "--port", "0"), "serve takes one strategy"),
        (("serve", "-s", "nothing", "--port", "0"), "unknown strategy 'nothing'"),
        (("serve", "--port", "70000"), "70000"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    harness: Callable[..., Finished], arguments: tuple[str, ...], text: str
) -> None:
    done = harness(*arguments)
    assert (done.returncode, done.stderr.count("\n"), done.stdout) == (2, 1, "")
    assert text in done.stderr


def test_a_port_in_use_is_one_line(harness: Callable[..., Finished]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = harness("serve", "-s", "threads", "--port", str(port))
    assert (done.returncode, done.stderr) == (2, f"harness: cannot listen on port {port} of 127.0.0.1: it is in use\n")


def warned(round_: Round, **facts: Any) -> list[str]:
    sample = Sample(0, 0, 0, "ok", facts={"apart": True, "patched": []} | facts, rounds=[round_])
    group = PlannedGroup("echo", "x:Y", {}, 10, 10, serves=True)
    return list(server_warnings(group, PlannedStrategy("threads", "a:B"), [sample]))


def test_a_quiet_row_has_no_warnings() -> None:
    assert warned(ROUND) == []


def test_what_a_row_is_warned_of() -> None:
    assert "limited by the generator: it used 94% of a core" in warned(
        msgspec.structs.replace(ROUND, peer_cpu_seconds=0.47)
    )
    assert "server and generator shared their cores: each slows the other" in warned(ROUND, apart=False)
    late = msgspec.structs.replace(LOAD, intended_per_second=400.0, unanswered=100, backlog_end=80)
    (text,) = warned(msgspec.structs.replace(ROUND, load=late))
    assert text == "overloaded: 400 requests a second were due, 200 were answered, and up to 80 waited at the end"
    open_ = msgspec.structs.replace(LOAD, left_open=3)
    assert "3 connections were still open" in warned(msgspec.structs.replace(ROUND, load=open_))[0]


def test_servers_are_compared_by_the_seconds_of_an_answer() -> None:
    assert seconds(ROUND) == pytest.approx(0.005)
    trials = [Trial(100.0, 100.0, 0.001, True), Trial(200.0, 200.0, 0.002, True), Trial(400.0, 250.0, 0.9, False)]
    searched = msgspec.structs.replace(LOAD, trials=trials)
    assert searched.capacity == 200.0
    assert seconds(msgspec.structs.replace(ROUND, load=searched)) == pytest.approx(1 / 200)
