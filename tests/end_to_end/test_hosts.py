"""A run on other hosts: network namespaces, real processes, real connections."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from harness.hosts import certificates
from harness.record import store
from harness.record.sample import Record
from tests.benchmarks.tries import compared
from tests.hosts import Hosts, hosts, needed, record

pytestmark = [pytest.mark.slow, needed]
dask = pytest.mark.skipif(find_spec("distributed") is None, reason="needs dask.distributed")
WAITS = ("-s", "asyncio,gevent", "-W", "sleep", "--tasks", "5", "-P", "seconds=0.2", "--rounds", "4")
PATIENCE = 240.0


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Hosts]:
    with hosts(3, tmp_path) as made:
        yield made


def on(made: Hosts, *names: str) -> tuple[str, ...]:
    return ("--on", f"ssh://{','.join(names)}", "--ssh", made.ssh)


def until(folder: Path, ready: Callable[[Record], bool], seconds: float = PATIENCE) -> Record:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = record(folder)
        if found and ready(found):
            return found
        time.sleep(0.1)
    raise TimeoutError(f"not within {seconds:g} s: {(folder / 'c.log').read_text()}")


def blocks(found: Record) -> Counter[int]:
    """How many blocks each host has measured."""
    return Counter(site for site, _ in {(one.site, one.block) for one in found.every})


def whole(folder: Path, number: int) -> Record:
    """The record of a run that is complete: each sample once, of each block all."""
    found = record(folder)
    assert found
    assert found.end
    assert found.end.status == "complete"
    many = Counter((one.strategy, one.arm, one.block) for one in found.every)
    assert set(many.values()) == {1}
    assert Counter(block for _, _, block in many) == dict.fromkeys(range(number), 3)
    return found


def ended(run: subprocess.Popen[bytes], folder: Path, status: int = 0) -> None:
    assert run.wait(PATIENCE) == status, (folder / "c.log").read_text()


def ratio(folder: Path) -> dict[str, Any]:
    (group,) = json.loads((folder / "said.json").read_text())["groups"]
    return next(row["ratio"] for row in group["rows"] if row["strategy"] == "gevent")


def said_by(run: subprocess.Popen[bytes], folder: Path, hosts: int) -> dict[str, Any]:
    """The ratio that a run over so many hosts has found."""
    ended(run, folder)
    made = json.loads((folder / "said.json").read_text())
    assert sum(host["blocks"] for host in made["hosts"]) == 12
    assert made["groups"][0]["rows"][0]["hosts"] == len(made["hosts"]) == hosts
    return ratio(folder)


def agree(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one["low"] <= other["high"]
    assert other["low"] <= one["high"]
    assert abs(one["estimate"] / other["estimate"] - 1) < 0.01


def test_two_hosts_say_what_one_says(three: Hosts, tmp_path: Path) -> None:
    one = said_by(three.run(*WAITS, "--blocks", "12", *on(three, "h1")), tmp_path, 1)
    two = said_by(three.run(*WAITS, "--blocks", "12", *on(three, "h2", "h3")), tmp_path, 2)
    agree(one, two)
    assert three.quiet(three.names)


def joined(folder: Path, *names: str) -> None:
    """Wait until workers of these names have joined their scheduler."""
    end = time.monotonic() + PATIENCE
    while not all("Registered to" in (folder / f"{name}.log").read_text() for name in names):
        assert time.monotonic() < end
        time.sleep(0.1)


@dask
def test_a_cluster_of_three_says_what_one_of_them_says(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    asked = (*WAITS, "--blocks", "12", "--on", where, "--insecure")
    three.worker("h1", where)
    one = said_by(three.run(*asked), tmp_path, 1)
    for name in ("h2", "h3"):
        three.worker(name, where)
    joined(tmp_path, "h2", "h3")
    agree(one, said_by(three.run(*asked), tmp_path, 3))


@pytest.mark.together
def test_a_host_that_is_killed_loses_the_block_in_flight_alone(three: Hosts, tmp_path: Path) -> None:
    run = three.run(*WAITS, "--blocks", "10", *on(three, "h1", "h2"))
    until(tmp_path, lambda found: blocks(found)[1] >= 1)
    for _ in range(3):
        three.kill("h2")
        time.sleep(1.5)
    ended(run, tmp_path)
    found = whole(tmp_path, 10)
    assert {one.host for one in found.losses} == {"h2"}
    assert three.quiet(three.names)


def is_resumed(made: Hosts, folder: Path, blocks: int, *again: str) -> None:
    """See that a run that was killed goes on to its end, with all that it had stored."""
    before = record(folder)
    assert before
    assert before.end is None
    ended(made.run("--resume", "latest", *again), folder)
    found = whole(folder, blocks)
    assert compared(before.every, found.every) == (0, 0)
    assert len(found.every) > len(before.every)


@pytest.mark.together
def test_a_client_that_is_killed_ends_its_blocks_and_is_resumed(three: Hosts, tmp_path: Path) -> None:
    run = three.run(*WAITS, "--blocks", "8", *on(three, "h1", "h2", "h3"))
    until(tmp_path, lambda found: len(found.samples) >= 6)
    time.sleep(0.7)
    run.kill()
    run.wait()
    assert three.quiet(three.names)
    is_resumed(three, tmp_path, 8, "--ssh", three.ssh)


@pytest.mark.together
def test_the_users_files_travel(three: Hosts, tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "__init__.py").touch()
    (tmp_path / "jobs" / "sizes.py").write_text("SIZE = 3\n")
    (tmp_path / "jobs" / "mine.py").write_text(
        "import time\nfrom jobs.sizes import SIZE\n\n\ndef job(index):\n    time.sleep(0.01)\n    return index * SIZE\n"
    )
    target = f"{tmp_path}/jobs/mine.py:job"
    ended(three.run("-s", "threads,gevent-patched", "-W", target, "--blocks", "3", *on(three, "h1")), tmp_path)
    found = record(tmp_path)
    assert found
    assert {one.status for one in found.every} == {"ok"}
    cache = tmp_path / "cache-h1" / "sent"
    assert len(list(cache.iterdir())) == 2


@pytest.mark.together
def test_what_a_host_lacks_is_one_line(three: Hosts, tmp_path: Path) -> None:
    run = three.run(*WAITS, "--blocks", "2", "--on", "ssh://h1", "--ssh", "ip netns exec nowhere-{host} sh -c")
    ended(run, tmp_path, 2)
    (line,) = (tmp_path / "c.log").read_text().splitlines()
    assert line.startswith('harness: --on: no host can be used: h1: Cannot open network namespace "nowhere-h1"')


@pytest.mark.together
def test_a_host_on_which_another_run_measures_is_waited_for(three: Hosts, tmp_path: Path) -> None:
    other = three.start(
        "h1", sys.executable, "-m", "harness", "run", *WAITS, "--blocks", "4", "--results", str(tmp_path / "other")
    )
    end = time.monotonic() + PATIENCE
    while not list((tmp_path / "other").glob("*.jsonl")):
        assert time.monotonic() < end
        assert other.poll() is None, (tmp_path / "h1.log").read_text()
        time.sleep(0.1)
    run = three.run(*WAITS, "--blocks", "2", *on(three, "h1"))
    ended(run, tmp_path, 75)
    assert "another run is measuring (pid" in (tmp_path / "c.log").read_text()
    assert other.wait(PATIENCE) == 0


@pytest.mark.together
def test_a_sweep_goes_over_two_hosts_and_survives_one(three: Hosts, tmp_path: Path) -> None:
    job = ("-s", "threads,thread-pool", "-W", "sleep", "-P", "seconds=0.05", "--tasks", "40")
    axis = ("--concurrency", "2,5,10,20,40", "--max-time", "60")
    run = three.run(*job, *axis, *on(three, "h1", "h2"), command="sweep")
    until(tmp_path, lambda found: blocks(found)[1] >= 2)
    three.kill("h2")
    ended(run, tmp_path)
    said = json.loads((tmp_path / "said.json").read_text())
    found = record(tmp_path)
    assert found
    assert [host["name"] for host in said["hosts"]] == ["h1", "h2"]
    assert all(blocks(found)[site] >= 2 for site in (0, 1))
    assert "h2" in {one.host for one in found.losses}
    assert all(point["blocks"] >= 3 for point in said["points"] if point["in_grid"])
    assert max(Counter((one.group, one.strategy, one.block) for one in found.every).values()) == 1
    assert three.quiet(three.names)


def test_a_calibration_is_of_the_hosts(three: Hosts, tmp_path: Path) -> None:
    job = ("-s", "gevent", "-W", "sleep", "--tasks", "5", "-P", "seconds=0.05", "--blocks", "8", "--comparisons", "1")
    ended(three.run(*job, *on(three, "h1", "h2"), command="calibrate"), tmp_path)
    said = json.loads((tmp_path / "said.json").read_text())
    assert [one["slowdown"] for one in said["comparisons"]] == [0.0, 0.01, 0.02, 0.05, 0.1]
    assert said["comparisons"][-1]["verdict"] == "slower"
    records = [store.read(path) for path in (tmp_path / "results" / "calibration").glob("*.jsonl")]
    assert [{one.name for one in found.sites} for found in records] == [{"h1", "h2"}] * 5


def test_a_gate_sends_both_versions_to_each_host(three: Hosts, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()

    def git(*words: str) -> None:
        about = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", *about, *words], cwd=project, check=True, capture_output=True)

    (project / "jobs.py").write_text("import waits\n\n\ndef job(index):\n    waits.wait()\n    return index\n")
    (project / "waits.py").write_text("import time\n\n\ndef wait():\n    time.sleep(0.05)\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    job = ("--base", "git:HEAD", "-W", "jobs.py:job", "-s", "threads", "--tasks", "3", *on(three, "h1", "h2"))
    ended(three.run(*job, command="gate", where=project), tmp_path)
    assert json.loads((tmp_path / "said.json").read_text())["outcome"] == "pass"
    (project / "waits.py").write_text("import time\n\n\ndef wait():\n    time.sleep(0.1)\n")
    ended(three.run(*job, command="gate", where=project), tmp_path, 1)
    said = json.loads((tmp_path / "said.json").read_text())
    assert said["outcome"] == "regression"
    assert any(text.startswith("blocks by host: h1") for text in said["remarks"])
    (cell,) = said["cells"]
    assert 1.8 < cell["comparison"]["estimate"] < 2.2
    assert three.quiet(three.names)


@pytest.mark.together
@dask
def test_a_dask_worker_alone_that_is_killed_takes_its_block_along(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    workers = [three.worker(name, where) for name in ("h1", "h2")]
    run = three.run(*WAITS, "--blocks", "8", "--on", where, "--insecure")
    until(tmp_path, lambda found: blocks(found)[1] >= 1)
    workers[1].kill()
    assert three.quiet(["h2"], 5.0)
    ended(run, tmp_path)
    found = whole(tmp_path, 8)
    assert "its Dask worker left" in {one.reason for one in found.losses}
    engine = [mark.engine_seconds for mark in found.marks]
    assert all(one is not None and one < 0.01 for one in engine), engine


@pytest.mark.together
@dask
def test_one_that_joins_late_takes_part(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    three.worker("h1", where)
    run = three.run(*WAITS, "--blocks", "10", "--on", where, "--insecure")
    until(tmp_path, lambda found: blocks(found)[0] >= 2)
    three.worker("h2", where)
    ended(run, tmp_path)
    assert [site.name for site in whole(tmp_path, 10).sites] == ["h1", "h2"]


@pytest.mark.together
@dask
def test_a_dask_worker_that_starts_anew_while_it_is_idle_takes_part_again(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    for name in ("h1", "h2"):
        worker = three.worker(name, where)
    run = three.run(*WAITS, "--blocks", "8", "--on", where, "--insecure")
    until(tmp_path, lambda found: len(found.sites) == 2)
    worker.kill()  # the first block is of the first host alone
    three.worker("h2", where)
    ended(run, tmp_path)
    assert blocks(whole(tmp_path, 8))[1] >= 2


@pytest.mark.together
@dask
def test_a_cable_that_is_cut_loses_a_block_and_no_more(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    for name in ("h1", "h2"):
        three.worker(name, where)
    run = three.run(*WAITS, "--blocks", "16", "--on", where, "--insecure")
    until(tmp_path, lambda found: blocks(found)[1] >= 1)
    three.cut("h2")
    ended(run, tmp_path)
    assert any(one.host == "h2" for one in whole(tmp_path, 16).losses)
    assert three.quiet(["h2"], 60.0)  # its worker ends by itself, and its block with it


@pytest.mark.together
@dask
def test_a_client_of_a_cluster_that_is_killed_ends_its_blocks_and_is_resumed(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    worker = three.worker("h1", where)
    run = three.run(*WAITS, "--blocks", "8", "--on", where, "--insecure")
    until(tmp_path, lambda found: len(found.samples) >= 3)
    time.sleep(0.7)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    end = time.monotonic() + 20.0
    while three.pids("h1") != [worker.pid] and time.monotonic() < end:
        time.sleep(0.1)
    assert three.pids("h1") == [worker.pid]
    is_resumed(three, tmp_path, 8)


IMPATIENT = (
    "from harness.hosts import fleet; fleet.FIRST_BLOCK, fleet.SLOWER, fleet.SPARE = 30.0, 2.0, 10.0; "
    "from harness.__main__ import main; main()"
)
"""The program, with less patience: 30 s for a first block for an hour, twice the longest and 10 s for others."""


def freeze(made: Hosts, name: str, number: signal.Signals = signal.SIGSTOP) -> None:
    """Have whatever runs on a host stand still, or go on."""
    for pid in made.pids(name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


@pytest.mark.together
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("engine", ["ssh", pytest.param("Dask", marks=dask)])
def test_a_host_that_hangs_loses_the_block_in_flight_alone(
    three: Hosts, tmp_path: Path, engine: str, first: bool
) -> None:
    if engine == "Dask":
        where = three.scheduler()
        reached: tuple[str, ...] = ("--on", where, "--insecure")
        workers = {name: three.worker(name, where).pid for name in ("h1", "h2")}
        joined(tmp_path, *workers)
    else:
        reached, workers = on(three, "h1", "h2"), {}
    results = ("--results", str(tmp_path / "results"), "--json", str(tmp_path / "said.json"))
    run = three.start("c", sys.executable, "-c", IMPATIENT, "run", *results, *WAITS, "--blocks", "6", *reached)
    if first:
        hangs = until(tmp_path, lambda found: len(found.sites) == 2).sites[0].name
        time.sleep(1.5)
    else:
        hangs = until(tmp_path, lambda found: blocks(found)[1] >= 1).sites[1].name
    freeze(three, hangs)
    ended(run, tmp_path)
    found = whole(tmp_path, 6)
    lost = [one for one in found.losses if one.block is not None]
    assert [one.host for one in lost] == [hangs]
    assert lost[0].reason.startswith("no answer after ")
    assert (lost[0].block == 0) == first
    freeze(three, hangs, signal.SIGCONT)
    end = time.monotonic() + 60.0
    while any(set(three.pids(name)) - {workers.get(name)} for name in ("h1", "h2")):
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.together
@dask
def test_two_workers_of_one_machine_are_one_host(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    workers = {three.worker("h1", where, "--name", name).pid for name in ("one", "other")}
    run = three.run(*WAITS, "--blocks", "3", "--on", where, "--insecure")
    ended(run, tmp_path)
    found = whole(tmp_path, 3)
    (site,) = found.sites
    (loss,) = found.losses
    assert {site.name, loss.host} == {"one", "other"}
    assert loss.reason == f"it is the same machine as {site.name}, and one of them is used"
    assert set(three.pids("h1")) == workers


@pytest.mark.together
@dask
def test_of_two_runs_on_one_cluster_the_second_says_who_is_first(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    three.worker("h1", where)
    asked = f"-m harness run --results {tmp_path}/first --on {where} --insecure".split()
    first = three.start("c", sys.executable, *asked, *WAITS[:-3], "seconds=1", "--rounds", "4", "--blocks", "3")
    end = time.monotonic() + PATIENCE
    while not list((tmp_path / "first").glob("*.jsonl")):
        assert time.monotonic() < end
        time.sleep(0.1)
    ended(three.run(*WAITS, "--blocks", "2", "--on", where, "--insecure"), tmp_path, 75)
    assert "h1: its Dask worker is busy with another run; --wait SECONDS" in (tmp_path / "c.log").read_text()
    assert record(tmp_path) is None
    ended(three.run(*WAITS, "--blocks", "2", "--on", where, "--insecure", "--wait", "200"), tmp_path)
    whole(tmp_path, 2)
    assert first.wait(PATIENCE) == 0


@pytest.mark.together
@dask
def test_a_worker_with_somebody_elses_task_is_not_waited_for(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    for name in ("h1", "h2"):
        three.worker(name, where)
    theirs = f"import time, distributed; client = distributed.Client({where!r}); client.wait_for_workers(2); "
    task = "task = client.submit(time.sleep, 600, workers=['h2']); print('sent', flush=True); task.result()"
    three.start("c", sys.executable, "-c", theirs + task)
    end = time.monotonic() + PATIENCE
    while "sent" not in (tmp_path / "c.log").read_text():
        assert time.monotonic() < end
        time.sleep(0.1)
    ended(three.run(*WAITS, "--blocks", "2", "--on", where, "--insecure"), tmp_path)
    assert [site.name for site in whole(tmp_path, 2).sites] == ["h1"]
    assert "h2 was left out: its Dask worker is busy with something else" in (tmp_path / "c.log").read_text()


@pytest.mark.together
@dask
def test_a_scheduler_that_is_frozen_is_not_waited_for(three: Hosts, tmp_path: Path) -> None:
    where = three.scheduler()
    (scheduler,) = three.pids("c")
    three.worker("h1", where)
    run = three.run(*WAITS, "--blocks", "8", "--on", where, "--insecure")
    until(tmp_path, lambda found: len(found.samples) >= 3)
    os.kill(scheduler, signal.SIGSTOP)
    ended(run, tmp_path, 3)
    found = record(tmp_path)
    assert found
    assert found.end
    assert found.end.cut_short
    assert re.fullmatch(r"no host is left \(h1: the scheduler has not answered for \d+ s\)", found.end.cut_short)


def certified(folder: Path, name: str) -> tuple[str, ...]:
    return ("--tls-ca-file", f"{folder}/ca.pem", "--tls-cert", f"{folder}/{name}.pem")


def refused(made: Hosts, folder: Path, *arguments: str) -> str:
    """The line with which a run on a cluster is refused, before it leaves a record."""
    (folder / "c.log").unlink(missing_ok=True)
    log = made.run(*WAITS, "--blocks", "2", *arguments)
    assert log.wait(PATIENCE) == 2
    assert record(folder) is None
    (line,) = (line for line in (folder / "c.log").read_text().splitlines() if line.startswith("harness: "))
    return line


@pytest.mark.together
@dask
def test_a_cluster_with_certificates_trusts_those_that_have_one(three: Hosts, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        certificates.make(folder)
    where = three.scheduler(*certified(ours, "scheduler"))
    three.worker("h1", where, *certified(ours, "host"))
    on = ("--on", where, "--tls-ca", f"{ours}/ca.pem", "--tls-cert")
    other = ("--on", where, "--tls-ca", f"{theirs}/ca.pem", "--tls-cert", f"{theirs}/client.pem")
    assert "CERTIFICATE" in refused(three, tmp_path, *other).upper()
    plain = where.replace("tls", "tcp")
    assert refused(three, tmp_path, "--on", plain).startswith(f"harness: --on {plain}: anybody who reaches")
    assert "no scheduler that trusts us answers" in refused(three, tmp_path, "--on", plain, "--insecure")
    ended(three.run(*WAITS, "--blocks", "2", *on, f"{ours}/client.pem"), tmp_path)
    whole(tmp_path, 2)


@pytest.mark.together
@dask
def test_where_no_scheduler_answers_is_one_line(three: Hosts, tmp_path: Path) -> None:
    where = f"tcp://{three.address('h1')}:8786"
    line = refused(three, tmp_path, "--on", where, "--insecure")
    assert line.startswith(f"harness: --on {where}: no scheduler that trusts us answers there: ")
