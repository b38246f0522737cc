"""What of the network a run needs: the loopback, and enough ports of it. Nothing listens elsewhere."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import harness
from tests.builders import LOOK, Finished, rows

QUICK = ("-q", "-s", "threads,gevent,asyncio", *LOOK)
LOOPBACK = "ip link set lo up"
FEW_PORTS = f"{LOOPBACK}; cd /proc/sys/net/ipv4; echo 40000 40099 > ip_local_port_range; echo 0 > tcp_tw_reuse; cd -"


@pytest.mark.parametrize(("workload", "options"), [("http", {}), ("http", {"tls": True}), ("echo", {"side": "server"})])
def test_all_that_listens_listens_on_the_loopback(tmp_path: Path, workload: str, options: dict[str, object]) -> None:
    seen = set()

    def tell(text: str) -> None:
        for process in psutil.Process().children(recursive=True):
            listening = (one for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN)
            seen.update(one.laddr.ip for one in listening)

    harness.run(
        workload, strategies=["threads"], options=options, tasks=2, blocks=1, rounds=1, results=tmp_path, tell=tell
    )
    assert seen == {"127.0.0.1"}


def alone(folder: Path, before: str, *arguments: str) -> Finished:
    """Run the program in a network of its own, in which only what a shell does before is there."""
    program = shlex.join([sys.executable, "-m", "harness", "run", *QUICK, *arguments])
    command = ["unshare", "--map-root-user", "--net", "sh", "-c", f"{before} >/dev/null; exec {program}"]
    return subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, timeout=60)


@pytest.fixture
def network() -> None:
    try:
        tried = subprocess.run(["unshare", "--map-root-user", "--net", "sh", "-c", FEW_PORTS], capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs unshare (util-linux)")
    if tried.returncode:
        pytest.skip("needs ip (iproute2), and leave to make a network of its own")


@pytest.mark.usefixtures("network")
@pytest.mark.parametrize(
    ("before", "status", "reason"),
    [
        (LOOPBACK, "ok", ""),  # no name is looked up, and no other address
        ("true", "failed", "Network is unreachable"),
        (FEW_PORTS, "failed", "Cannot assign requested address"),
    ],
)
def test_what_is_missing_is_the_reason_of_each_row(tmp_path: Path, before: str, status: str, reason: str) -> None:
    done = alone(tmp_path, before, "-W", "echo", "--tasks", "60", "--json", "-")
    assert (done.returncode, done.stderr) == (0 if status == "ok" else 3, "")
    found = rows(json.loads(done.stdout))
    assert {row["status"] for row in found.values()} == {status}
    assert not [row["reason"] for row in found.values() if reason not in (row["reason"] or "")]


@pytest.mark.usefixtures("network")
def test_more_connections_than_ports_are_refused_before_anything_is_measured(tmp_path: Path) -> None:
    done = alone(tmp_path, FEW_PORTS, "-W", "http", "--tasks", "160")
    assert (done.returncode, done.stdout) == (2, "")
    assert "160 ports to one address, the range has 100: widen net.ipv4.ip_local_port_range" in done.stderr
