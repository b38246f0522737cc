"""Strategies as servers, by the real command line, with the real load generator."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.measure.server import at_any_rate
from harness.plan.catalogue import several
from harness.record import store
from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Round, Sample, Trial
from harness.statistics.fairness import limited_by, server_warnings
from harness.statistics.verdicts import seconds
from tests.builders import LATENCY, LOAD, LOOK, ROUND, Finished, rows

HERE = [name for name in several("usual") if name not in ("uvloop", "trio") or importlib.util.find_spec(name)]
ONE_AT_A_TIME = ("sequential", "greenlet", "generator")
SERVER = ("-P", "side=server", *LOOK, "--silence", "2")


@pytest.mark.parametrize(
    ("connections", "generators"),
    [(1, 1), *(pytest.param(*numbers, marks=pytest.mark.slow) for numbers in ((10, 1), (500, 1), (11, 2)))],
)
def test_every_strategy_as_a_server(connections: int, generators: int, document: Callable[..., dict[str, Any]]) -> None:
    asked = ("-P", f"generators={generators}", "--concurrency", str(connections))
    found = rows(document("-W", "echo", *SERVER, *asked))
    for name in HERE:
        row = found[name]
        if name in ONE_AT_A_TIME and connections > 1:
            assert row["status"] == "invalid"
            assert f"of {connections} connections were served while all were open" in row["reason"]
            continue
        assert row["status"] == "ok", row["reason"]
        assert row["connections_held"] == connections
        assert row["generators"] == generators
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
@pytest.mark.parametrize("several", [(), ("-P", "generators=2")])
def test_the_capacity_is_a_rate_that_held_below_one_that_did_not(
    several: tuple[str, ...], document: Callable[..., dict[str, Any]], harness: Callable[..., Finished]
) -> None:
    asked = ("-s", "asyncio", "-W", "echo", *SERVER, "--concurrency", "10", "-P", "seconds=0.2", *several)
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


def test_several_processes_serve_from_one_port_and_are_one_row(
    document: Callable[..., dict[str, Any]], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    asked = ("-s", "asyncio,threads", "-W", "echo", *SERVER, "-P", "messages=50", "--concurrency", "40")
    said = document(*asked, "-P", "processes=1,3", "--pin", "none")
    alone, several = [{row["strategy"]: row for row in group["rows"]} for group in said["groups"]]
    assert [group["options"].get("processes") for group in said["groups"]] == [None, 3]
    for name in ("asyncio", "threads"):
        assert several[name]["status"] == "ok", several[name]["reason"]
        assert several[name]["connections_held"] == 40
        assert several[name]["threads_max"] == alone[name]["threads_max"] + 2
        assert several[name]["peak_memory_bytes"] > 2 * alone[name]["peak_memory_bytes"]
    record = store.read(store.find(tmp_path / "results", said["run"]))
    spread = [one.rounds[0].load.by_process for one in record.samples if one.group == 1 and one.rounds[0].load]
    assert [sum(found) for found in spread] == [40, 40]
    assert all(len(found) == 3 for found in spread)
    assert "processes=3" in harness("show", said["run"]).stdout


def test_several_generators_load_one_server_and_are_one_row(
    document: Callable[..., dict[str, Any]], harness: Callable[..., Finished], tmp_path: Path
) -> None:
    asked = ("-s", "asyncio,threads", "-W", "echo", *SERVER, "-P", "messages=50", "--concurrency", "21")
    said = document(*asked, "-P", "generators=1,2")
    alone, several = [{row["strategy"]: row for row in group["rows"]} for group in said["groups"]]
    assert [group["options"].get("generators") for group in said["groups"]] == [None, 2]
    for name in ("asyncio", "threads"):
        assert several[name]["status"] == "ok", several[name]["reason"]
        assert (alone[name]["generators"], several[name]["generators"]) == (1, 2)
        assert several[name]["connections_held"] == 21
        assert several[name]["threads_max"] == alone[name]["threads_max"]
    record = store.read(store.find(tmp_path / "results", said["run"]))
    for one in record.samples:
        load = one.rounds[0].load
        assert load
        assert load.answers == 21 * 50
        assert len(load.by_generator) == (2 if one.group else 0)
        assert sum(load.by_generator) == pytest.approx(one.rounds[0].peer_cpu_seconds if one.group else 0.0)
    assert re.search(r"2 x +\d+%", harness("show", said["run"], "--format", "simple").stdout)


def test_the_rate_of_an_open_loop_is_that_of_all_generators(document: Callable[..., dict[str, Any]]) -> None:
    asked = ("-s", "threads", "-W", "echo", *SERVER, "--concurrency", "10", "-P", "rate=301", "-P", "seconds=0.5")
    row = rows(document(*asked, "-P", "generators=3"))["threads"]
    assert row["intended_per_second"] == 301
    assert 0 < row["answers_per_second"] <= 310


def test_more_processes_than_cores_are_a_remark(document: Callable[..., dict[str, Any]]) -> None:
    many = len(os.sched_getaffinity(0)) + 1
    asked = ("-s", "asyncio", "-W", "echo", *SERVER, "-P", f"processes={many}", "--concurrency", "40")
    (text,) = [one for one in rows(document(*asked))["asyncio"]["warnings"] if one.startswith(f"{many} ")]
    assert text.startswith(f"{many} processes had {max(1, (many - 1) // 2)} core")


@pytest.mark.parametrize(
    ("share", "p50", "any_rate"), [(1.0, 0.02, False), (0.5, 0.02, True), (0.5, 0.009, False), (0.125, 0.009, True)]
)
def test_a_search_ends_where_a_server_misses_with_little_to_do(share: float, p50: float, any_rate: bool) -> None:
    assert at_any_rate(share, msgspec.structs.replace(LATENCY, p50=p50), 0.01) == any_rate


def test_a_process_that_dies_is_named(document: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import os\nfrom harness.strategies.threads import Threads\n"
        "class Dying(Threads):\n"
        "    def serve(self, listener, handle, concurrency=None):\n"
        "        stream, _ = listener.accept()\n"
        "        try:\n"
        "            os.close(os.open('first', os.O_CREAT | os.O_EXCL))\n"
        "        except FileExistsError:\n"
        "            stream.close()\n"
        "            return super().serve(listener, handle, concurrency)\n"
        "        os.kill(os.getpid(), 9)\n"
    )
    asked = ("-s", "./mine.py:Dying", "-W", "echo", *SERVER, "-P", "processes=2", "--concurrency", "20")
    row = rows(document(*asked))["./mine.py:Dying"]
    assert row["status"] == "failed"
    assert re.match(r"process [12] of 2: it was killed by SIGKILL", row["reason"])


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
        (("run", "-W", "echo", "-P", "processes=2"), "processes is for side=server"),
        (("run", "-W", "echo", "-P", "side=server", "-P", "processes=0"), "processes must be 1 or more"),
        (("run", "-W", "echo", "-P", "side=server", "-P", "processes=two"), "processes=two: it is a whole number"),
        (("run", "-s", "gevent", "-W", "echo", "-P", "side=server", "-P", "processes=9999999"), "processes"),
        (("run", "-W", "echo", "-P", "side=server", "-P", "rate=1", "-P", "seconds=0.1"), "no request is due"),
        (("run", "-W", "echo", "-P", "side=server", "-P", "rate=1", "-P", "messages=0"), "no request is due"),
        (("run", "-W", "echo", "-P", "generators=2"), "generators is for side=server"),
        (("run", "-W", "echo", "-P", "side=server", "-P", "generators=0"), "generators must be 1 or more"),
        (("run", "-W", "echo", "-P", "side=server", "-P", "generators=two"), "generators=two: it is a whole number"),
        (("run", "-W", "sleep", "-P", "generators=2"), "generators"),
        (
            ("run", "-s", "gevent", "-W", "echo", "-P", "side=server", "-P", "generators=4", "--concurrency", "3"),
            "-P generators=4 is more than the connections of echo, 3: each has a share",
        ),
        (("serve", "-P", "processes=2", "--port", "0"), "serve serves from one process: leave -P processes=2 out"),
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


def several(by_process: list[int], cpus: list[int], **facts: Any) -> list[str]:
    load = msgspec.structs.replace(LOAD, by_process=by_process)
    about = {"apart": True, "patched": [], "cpus": cpus, "processes": len(by_process)} | facts
    sample = Sample(0, 0, 0, "ok", facts=about, rounds=[msgspec.structs.replace(ROUND, load=load)])
    group = PlannedGroup("echo", "x:Y", {}, 10, 10, serves=True, processes=len(by_process))
    return list(server_warnings(group, PlannedStrategy("threads", "a:B"), [sample]))


def test_what_a_row_of_several_processes_is_warned_of() -> None:
    assert several([5, 5], [0, 1]) == []
    assert several([7, 3], [0, 1]) == [
        "one of its 2 processes had 7 of 10 connections: the kernel spreads them by a hash"
    ]
    assert several([4, 3, 3], [0, 1]) == [
        "3 processes had 2 cores; the generator has the others (--pin none: all for both)"
    ]


@pytest.mark.parametrize(
    ("cpu_seconds", "generator", "facts", "by"),
    [
        (0.5, 0.1, {}, "server"),  # one process: a core
        (0.5, 0.1, {"processes": 2}, "neither"),  # of two cores
        (0.95, 0.1, {"processes": 2}, "server"),
        (0.75, 0.2, {"processes": 2, "apart": False}, "server"),  # all that the generator left
        (0.5, 0.1, {"processes": 4, "cpus": [0]}, "server"),
        (0.95, 0.46, {"processes": 2}, "generator"),
    ],
)
def test_what_limits_several_processes_is_told_by_the_cores_that_they_could_use(
    cpu_seconds: float, generator: float, facts: dict[str, Any], by: str
) -> None:
    used = {"cpu_user_seconds": cpu_seconds, "cpu_system_seconds": 0.0, "peer_cpu_seconds": generator}
    round_ = msgspec.structs.replace(ROUND, **used)  # half a second
    assert limited_by([Sample(0, 0, 0, "ok", facts={"cpus": [0, 1], "apart": True} | facts, rounds=[round_])]) == by


def loaded_by(each: list[float], together: float = 0.5, wall: float = 0.5, **facts: Any) -> Sample:
    load = msgspec.structs.replace(LOAD, by_generator=each, together_seconds=together)
    used = {"wall_seconds": wall, "peer_cpu_seconds": sum(each), "cpu_user_seconds": 0.3, "cpu_system_seconds": 0.0}
    about = {"apart": True, "patched": [], "cpus": [0, 1], "generators": len(each), "generator_cores": 2} | facts
    return Sample(0, 0, 0, "ok", facts=about, rounds=[msgspec.structs.replace(ROUND, load=load, **used)])


@pytest.mark.parametrize(
    ("sample", "by", "remarks"),
    [
        (loaded_by([0.1, 0.2]), "neither", []),
        (loaded_by([0.1, 0.25]), "neither", ["busy generators: one of 2 used 50% of a core; from 50% on their own"]),
        (loaded_by([0.1, 0.46]), "generator", ["limited by the generator: one of 2 used 92% of a core"]),
        (
            loaded_by([0.23, 0.23], generator_cores=1),  # each half of the core that they share
            "generator",
            ["limited by the generator: all 2 used 92% of what they had", "2 generators had 1 core; the server has"],
        ),
        (
            loaded_by([0.1, 0.1], generator_cores=1, apart=False),
            "neither",
            ["2 generators had 1 core", "server and generator shared their cores"],
        ),
        (
            loaded_by([0.1, 0.1], generator_cores=1, generator_hosts=2),  # of which one lacks a core
            "neither",
            ["2 generators had 1 core"],
        ),
        (loaded_by([0.1, 0.1], together=0.4), "neither", ["its 2 generators loaded it together for 80% of the time"]),
    ],
)
def test_what_limits_several_generators_and_what_is_said_of_them(sample: Sample, by: str, remarks: list[str]) -> None:
    group = PlannedGroup("echo", "x:Y", {}, 10, 10, serves=True, generators=2)
    assert limited_by([sample]) == by
    found = list(server_warnings(group, PlannedStrategy("threads", "a:B"), [sample]))
    assert [text[: len(start)] for text, start in zip(found, remarks, strict=True)] == remarks


def test_a_generator_alone_on_its_host_is_said_to_be_busy_too() -> None:
    group = PlannedGroup("echo", "x:Y", {}, 10, 10, serves=True)
    alone = loaded_by([], generator_hosts=1)
    used = msgspec.structs.replace(alone.rounds[0], peer_cpu_seconds=0.3)
    found = list(
        server_warnings(group, PlannedStrategy("threads", "a:B"), [msgspec.structs.replace(alone, rounds=[used])])
    )
    assert found[0].startswith("busy generators: it used 60% of a core; from 50% on")


def test_servers_are_compared_by_the_seconds_of_an_answer() -> None:
    assert seconds(ROUND) == pytest.approx(0.005)
    trials = [Trial(100.0, 100.0, 0.001, True), Trial(200.0, 200.0, 0.002, True), Trial(400.0, 250.0, 0.9, False)]
    searched = msgspec.structs.replace(LOAD, trials=trials)
    assert searched.capacity == 200.0
    assert seconds(msgspec.structs.replace(ROUND, load=searched)) == pytest.approx(1 / 200)
