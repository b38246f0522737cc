"""`run` from end to end: real workers, real peers, real sockets."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.strategies import BUILT_IN
from tests.builders import LOOK, ROOT, Finished, rows
from tests.workloads.http.sites import endless, recorder

Document = Callable[..., dict[str, Any]]
NUMBERS = (
    "tasks_per_second", "overhead_seconds_per_task", "peak_memory_bytes", "threads_max", "in_flight_max",
)  # fmt: skip


@pytest.mark.parametrize("workload", ["noop", "sleep", "switch", "http", "echo"])
def test_every_strategy_runs_every_workload(document: Document, workload: str) -> None:
    found = rows(document("-s", "all", "-W", workload, "--tasks", "8", "--concurrency", "4", *LOOK))
    assert list(found) == list(BUILT_IN)
    for row in found.values():
        if row["status"] == "unavailable":
            continue
        assert row["status"] == "ok", row["reason"]
        assert row["wall_seconds"]["median"] > 0
        assert row["cpu_seconds"]["median"] > 0
        assert all(row[name] > 0 for name in NUMBERS)
        assert 1 <= row["in_flight_max"] <= 4
        assert row["latency_seconds"]["p50"] <= row["latency_seconds"]["p99"] <= row["latency_seconds"]["max"]
    assert found["sequential"]["in_flight_max"] == 1


@pytest.mark.parametrize("options", [("tls=true",), ("client=native",), ("client=requests", "status=503", "size=0")])
def test_http_with_other_clients_and_answers(document: Document, options: tuple[str, ...]) -> None:
    chosen = [word for option in options for word in ("-P", option)]
    found = rows(document("-W", "http", "--tasks", "4", *LOOK, "-s", "sequential,gevent,asyncio,trio", *chosen))
    assert {row["status"] for row in found.values()} <= {"ok", "unavailable"}
    if "client=native" in options and found["asyncio"]["status"] == "ok":
        assert found["asyncio"]["client"].startswith("aiohttp ")
        assert found["gevent"]["client"].startswith("geventhttpclient ")


def test_ten_sleeps_add_up_one_after_another_and_not_under_gevent(document: Document) -> None:
    found = rows(document("-W", "sleep", "--tasks", "10", "-P", "seconds=0.05", "-s", "sequential,gevent", *LOOK))
    assert found["sequential"]["wall_seconds"]["median"] >= 0.5
    assert found["gevent"]["ratio"]["estimate"] < 0.5


def test_a_plain_sleep_blocks_gevent_until_it_is_patched(document: Document) -> None:
    options = ("--tasks", "10", "-P", "seconds=0.05", "-P", "call=stdlib", *LOOK)
    found = rows(document("-W", "sleep", "-s", "sequential,gevent,gevent-patched,asyncio", *options))
    in_flight = {name: row["in_flight_max"] for name, row in found.items()}
    assert in_flight == {"sequential": 1, "gevent": 1, "gevent-patched": 10, "asyncio": 1}
    assert found["gevent"]["wall_seconds"]["median"] >= 0.5
    assert found["gevent-patched"]["wall_seconds"]["median"] < 0.5


def test_a_counter_without_a_lock_is_right_in_one_thread(document: Document) -> None:
    found = rows(document("-W", "counter", "-s", "sequential,gevent,asyncio", "-P", "updates=1000", *LOOK))
    assert {row["status"] for row in found.values()} == {"ok"}


def test_several_values_of_an_option_make_several_groups(document: Document) -> None:
    said = document("-W", "sleep", "-s", "sequential", "--tasks", "2", "-P", "seconds=0.001,0.002", *LOOK)
    assert [group["options"]["seconds"] for group in said["groups"]] == [0.001, 0.002]


def test_blocks_rounds_and_warm_ups_are_as_many_as_asked_and_all_are_stored(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    asked = ("--blocks", "3", "--rounds", "2", "--warmup", "2", "--seed", "7")
    done = harness("run", "-s", "sequential,threads", "-W", "noop", "--tasks", "5", *asked)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "results").iterdir()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    samples = [line for line in lines if line["kind"] == "sample"]
    assert len([sample for sample in samples if sample["arm"] == "row"]) == 6
    assert len([sample for sample in samples if sample["arm"] == "null"]) == 3
    assert [line["block"] for line in lines if line["kind"] == "host"] == [0, 1, 2, 3]
    assert all(len(sample["rounds"]) == 2 and len(sample["warmups"]) == 2 for sample in samples)
    assert lines[0]["plan"]["seed"] == 7
    positions = [round["position"] for sample in samples if sample["block"] == 0 for round in sample["rounds"]]
    assert sorted(positions) == [0, 1, 2, 3, 4, 5]


def test_every_stored_round_is_in_the_statistics(harness: Callable[..., Finished], tmp_path: Path) -> None:
    done = harness("run", "-s", "sequential,gevent", "-W", "sleep", "-W", "echo", "--blocks", "3", "--json", "-")
    (path,) = (tmp_path / "results").iterdir()
    stored = [line for line in map(json.loads, path.read_text().splitlines()) if line["kind"] == "sample"]
    for number, group in enumerate(json.loads(done.stdout)["groups"]):
        for place, row in enumerate(group["rows"]):
            mine = [s for s in stored if (s["group"], s["strategy"], s["arm"]) == (number, place, "row")]
            assert (row["samples"], row["rounds"]) == (len(mine), sum(len(sample["rounds"]) for sample in mine))
            assert row["ratio"].get("blocks", 3) == len(mine) == 3
        null = [s for s in stored if (s["group"], s["arm"]) == (number, "null")]
        assert group["null_arm"]["blocks"] == len(null) == 3


@pytest.mark.parametrize(("backend", "loop"), [("libev-cext", "gevent.libev"), ("libuv-cffi", "gevent.libuv")])
def test_the_loop_really_in_use_is_named(
    document: Document, monkeypatch: pytest.MonkeyPatch, backend: str, loop: str
) -> None:
    monkeypatch.setenv("GEVENT_LOOP", backend)
    found = rows(document("-s", "gevent,gevent-patched,uvloop,sequential", "-W", "noop", "--tasks", "2", *LOOK))
    assert found["gevent"]["loop"].startswith(loop)
    assert found["uvloop"].get("loop", "uvloop.Loop") == "uvloop.Loop"
    assert found["sequential"]["loop"] is None
    assert (found["gevent"]["patched"], found["gevent-patched"]["patched"]) == (False, True)


def test_show_prints_what_run_printed(harness: Callable[..., Finished]) -> None:
    ran = harness("run", "-s", "sequential,gevent", "-W", "sleep", *LOOK, "--name", "mine", "-v")
    assert ran.returncode == 0, ran.stderr
    assert harness("show", "mine", "-v").stdout == ran.stdout
    assert harness("show").stdout == harness("show", "latest").stdout
    assert "mine" in harness("list", "runs").stdout


def test_settings_come_from_flags_then_environment_then_pyproject(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.harness]\nstrategy = ["threads"]\nmax-time = 9.0\nblocks = 1\nworkload = ["noop"]\n'
    )
    assert "threads" in harness("run").stdout
    assert "thread-pool" in harness("run", HARNESS_RUN_STRATEGIES="thread-pool").stdout
    assert "sequential" in harness("run", "-s", "sequential", HARNESS_RUN_STRATEGIES="thread-pool").stdout
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\nnosuch = 1\n")
    refused = harness("run")
    assert (refused.returncode, refused.stderr) == (2, "harness: pyproject.toml: [tool.harness] has no 'nosuch'\n")


def test_lists_and_the_doctor_answer(harness: Callable[..., Finished]) -> None:
    listed = harness("list", "strategies").stdout
    assert all(name in listed for name in BUILT_IN)
    assert "seconds=0.01" in harness("list", "workloads").stdout
    examined = harness("doctor").stdout
    assert "file descriptors" in examined
    assert "gevent" in examined


@contextlib.contextmanager
def site(folder: Path, page: str) -> Iterator[str]:
    """A web server with one page; yields its address."""
    folder.mkdir()
    (folder / "index.html").write_text(page)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().split()[5]}/"
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize("client", ["same", "requests"])
def test_the_crawler_fetches_three_sites_and_reports_each(document: Document, tmp_path: Path, client: str) -> None:
    with contextlib.ExitStack() as sites:
        urls = [sites.enter_context(site(tmp_path / str(size), "a" * size)) for size in (100, 1000, 100_000)]
        urls.append(f"{urls[0]}absent")
        chosen = [word for url in urls for word in ("-P", f"url={url}")]
        found = rows(
            document("-W", "http", "-P", f"client={client}", "-s", "sequential,gevent-patched", *chosen, *LOOK)
        )
    for row in found.values():
        got = [(reply["url"], reply["status"], reply["bytes"]) for reply in row["replies"]]
        assert got[:3] == [(urls[0], 200, 100), (urls[1], 200, 1000), (urls[2], 200, 100_000)]
        assert got[3][:2] == (urls[3], 404)
        rounds = row["rounds"] + 1  # one was watched
        assert [reply["count"] for reply in row["replies"]] == [rounds] * 4
        assert row["notes"][0] == f"{urls[0]}: {rounds} x 200 (100 bytes)"


@pytest.mark.parametrize("client", ["same", "native"])
def test_a_page_without_end_is_one_line_and_what_is_packed_stays_packed(
    document: Document, tmp_path: Path, client: str
) -> None:
    chosen = ("-W", "http", "-s", "sequential,gevent,asyncio", "-P", f"client={client}", *LOOK)
    with endless(b"\r\n", b"x" * 65536) as (port, _):
        found = rows(document(*chosen, "-P", f"url=http://127.0.0.1:{port}/"))
    for row in found.values():
        assert row["status"] == "failed"
        assert "ValueError: the page is larger than 256 MiB, the most that is fetched" in row["reason"]
    bomb = gzip.compress(bytes(64 << 20)) * 16  # 1 GiB
    with recorder(lambda number: b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + bomb) as (port, _):
        found = rows(document(*chosen, "-P", f"url=http://127.0.0.1:{port}/"))
    for row in found.values():
        assert [reply["bytes"] for reply in row["replies"]] == [len(bomb)]
        assert row["peak_memory_bytes"] < 200 << 20


def test_a_name_that_does_not_resolve_is_a_row_with_one_line(document: Document) -> None:
    found = rows(document("-W", "http", "-s", "sequential,gevent", "-P", "url=http://no.such.invalid/", *LOOK))
    assert all(row["status"] == "failed" and "\n" not in row["reason"] for row in found.values())
    assert "gaierror" in found["sequential"]["reason"]


def test_a_strategy_from_an_installed_package_is_found_by_its_name(
    harness: Callable[..., Finished], tmp_path: Path
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "backwards"\nversion = "1"\n'
        '[project.entry-points."harness.strategies"]\nbackwards = "backwards:Backwards"\n'
    )
    (package / "backwards.py").write_text(
        '"""A strategy from elsewhere."""\n'
        "from harness.strategies.sequential import Sequential\n\n\n"
        "class Backwards(Sequential):\n"
        '    """The last task first."""\n\n'
        "    def run(self, task, count, concurrency):\n"
        "        return [task(index) for index in reversed(range(count))][::-1]\n"
    )
    installed = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index",
         "--target", str(installed), str(package)],
        check=True, capture_output=True,
    )  # fmt: skip
    path = str(installed)
    assert "The last task first." in harness("list", "strategies", PYTHONPATH=path).stdout
    done = harness("run", "-s", "backwards", "-W", "sleep", "--tasks", "3", *LOOK, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert "backwards" in done.stdout


def test_the_strategy_of_the_page_works_as_it_is_printed(harness: Callable[..., Finished], tmp_path: Path) -> None:
    page = (ROOT / "docs" / "strategy.md").read_text()
    blocks = [block.partition("```")[0] for block in page.split("```python\n")[1:]]
    source = next(block for block in blocks if "def run(" in block)
    assert len(source.splitlines()) <= 40
    name = source.split(".py")[0].removeprefix("# ")
    (tmp_path / f"{name}.py").write_text(source)
    found = source.split("class ")[1].split("(")[0]
    target = f"./{name}.py:{found}"
    done = harness("run", "-s", f"asyncio,{target}", "-W", "sleep", *LOOK, "--json", "-")
    assert {row["name"]: row["status"] for row in json.loads(done.stdout)["groups"][0]["rows"]}[target] == "ok"
