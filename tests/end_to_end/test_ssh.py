"""A run on hosts that a real ssh reaches: what is said where it does not, and what is lost where it breaks."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from harness.record.sample import Record
from tests.hosts import Hosts, hosts, record
from tests.hosts import needed as namespaces
from tests.sshd import Sshd, children, make_key, needed, nothing_left, ssh, sshd

pytestmark = [pytest.mark.slow, pytest.mark.together, needed]
WAITS = ("-s", "threads", "-W", "sleep", "--tasks", "2", "-P", "seconds=0.05", "--rounds", "4")
PATIENCE = 120.0


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[Sshd]]:
    with sshd(tmp_path, "h1", "h2", "h3", "h4", "h5", "h6") as made:
        yield made


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """What a test that failed has left is ended."""
    yield
    while Run.all:
        one = Run.all.pop()
        one.kill()
        one.wait()


class Run:
    """The program, on hosts, at work."""

    all: ClassVar[list[subprocess.Popen[bytes]]] = []

    def __init__(
        self, folder: Path, how: str, *arguments: str, inside: tuple[str, ...] = (), **variables: str
    ) -> None:  # fmt: skip
        self.folder, self.log = folder, folder / "log"
        words = [*arguments, "--ssh", how, "--results", str(folder / "results"), "--json", str(folder / "said.json")]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*inside, sys.executable, "-m", "harness", "run", *words],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=os.environ | {"HARNESS_LOCK": str(folder / "lock-of-client")} | variables,
            )
        self.pid = self._process.pid
        self.all.append(self._process)

    def until(self, ready: Callable[[Record], bool]) -> Record:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            found = record(self.folder)
            if found and ready(found):
                return found
            time.sleep(0.05)
        raise TimeoutError(self.log.read_text())

    def ssh(self) -> int:
        """The process that it reaches its only host by."""
        (found,) = (pid for pid in children(self.pid) if Path(f"/proc/{pid}/comm").read_text() == "ssh\n")
        return found

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self, status: int = 0) -> str:
        """What it printed, once it has ended so."""
        assert self._process.wait(PATIENCE) == status, self.log.read_text()
        said = self.log.read_text()
        assert "Traceback" not in said
        return said

    def refused(self) -> str:
        """The line of a run that does not begin."""
        (line,) = (line for line in self.ended(2).splitlines() if line.startswith("harness: "))
        assert record(self.folder) is None
        return line


def measured(found: Record | None, blocks: int) -> Record:
    """A record that is complete, each sample of it once."""
    assert found
    assert found.end
    assert found.end.status == "complete"
    many = Counter((one.strategy, one.arm, one.block) for one in found.every)
    assert set(many.values()) == {1}
    assert {block for _, _, block in many} == set(range(blocks))
    return found


def shell(words: str) -> str:
    """Has whatever is asked for run by a shell, which is started so."""
    return f'ForceCommand exec {words} -c "$SSH_ORIGINAL_COMMAND"'


def test_a_host_is_measured_whatever_its_shell_prints(servers: list[Sshd], tmp_path: Path) -> None:
    one = servers[0]
    (tmp_path / "banner").write_text("Authorised use only.\n")
    noise = 'echo Welcome; echo "warning: disk full" >&2; printf "no end"; eval "$SSH_ORIGINAL_COMMAND"'
    one.start(f"ForceCommand {noise}", f"Banner {tmp_path}/banner")
    how = ssh(tmp_path, one, more="RequestTTY force\nRemoteCommand top\nLocalForward 127.0.0.1:1 127.0.0.1:1")
    said = Run(tmp_path, how, *WAITS, "--blocks", "1", "--on", "ssh://h1").ended()
    assert "blocks by host: h1 (1)" in said
    assert not measured(record(tmp_path), 1).losses
    assert nothing_left(tmp_path, one)


@pytest.mark.parametrize("name", ["fish", "tcsh", "zsh"])
def test_a_host_is_measured_whatever_shell_it_has(name: str, servers: list[Sshd], tmp_path: Path) -> None:
    if not shutil.which(name):
        pytest.skip(f"needs {name}")
    one = servers[0]
    one.start(shell(name))
    Run(tmp_path, ssh(tmp_path, one), *WAITS, "--blocks", "1", "--on", "ssh://h1").ended()
    assert not measured(record(tmp_path), 1).losses


def without_ours(folder: Path, python: str = "") -> str:
    """Has a host find no interpreter of our path, and as python3 what this text is, if it is one."""
    bare = folder / ("python" if python else "none")
    bare.mkdir()
    (bare / "sh").symlink_to(shutil.which("sh") or "")
    if python:
        (bare / "python3").write_text(python)
        (bare / "python3").chmod(0o755)
    wrapper = folder / f"{bare.name}.sh"
    ours = os.path.abspath(sys.executable)
    wrapper.write_text(f'asked=$(printf %s "$1" | sed "s:{ours}:/nowhere:g")\nPATH={bare} exec sh -c "$asked"\n')
    return f'ForceCommand exec sh {wrapper} "$SSH_ORIGINAL_COMMAND"'


OLD = f"""#!/bin/sh
exec {sys.executable} -c 'import sys; sys.version_info = (3, 6, 15); exec(sys.argv.pop())' "$2"
"""


def test_each_host_that_cannot_be_used_has_its_reason(servers: list[Sshd], tmp_path: Path) -> None:
    settings = ((), (), (), ("Banner /dev/null",), (without_ours(tmp_path),), (without_ours(tmp_path, OLD),))
    for one, more in zip(servers, settings, strict=True):
        one.start(*more)
    refused, changed, _, nobody, *_ = servers
    nobody.stop()
    refused.key = tmp_path / "another"
    make_key(refused.key)
    how = ssh(tmp_path, *servers)
    (tmp_path / "h2.known").write_text(f"{changed.known_as()} {(tmp_path / 'another.pub').read_text()}")
    (tmp_path / "h3.known").write_text("")
    line = Run(tmp_path, how, *WAITS, "--blocks", "1", "--on", "ssh://h1,h2,h3,h4,h5,h6,h7").refused()
    said = dict(one.split(": ", 1) for one in line.removeprefix("harness: --on: no host can be used: ").split("; "))
    assert said["h1"].endswith("Permission denied (publickey,password,keyboard-interactive).")
    assert said["h2"] == f"Host key for {changed.known_as()} has changed and you have requested strict checking."
    assert said["h3"] == "Host key verification failed."
    assert said["h4"] == f"ssh: connect to host 127.0.0.1 port {nobody.port}: Connection refused"
    assert said["h5"] == "there is no python3"
    assert said["h6"] == "its Python is 3.6: an agent needs 3.8 to begin with"
    assert said["h7"].startswith("ssh: Could not resolve hostname h7")
    assert nothing_left(tmp_path, *servers)


def test_who_may_not_log_in_is_told_so_by_what_the_shell_prints(servers: list[Sshd], tmp_path: Path) -> None:
    servers[0].start("ForceCommand echo This account is not available.; exit 1")
    line = Run(tmp_path, ssh(tmp_path, servers[0]), *WAITS, "--on", "ssh://h1").refused()
    assert line.endswith("h1: ssh ended with status 1, and a shell printed: This account is not available.")


def test_nobody_is_asked_for_a_password(servers: list[Sshd], tmp_path: Path) -> None:
    """By an ssh that would, with a window to ask in."""
    one = servers[0]
    one.start()
    one.key = tmp_path / "another"
    make_key(one.key)
    window = tmp_path / "window"
    window.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexec sleep 600\n")
    window.chmod(0o755)
    how = ssh(tmp_path, one, command="ssh {host}")
    line = Run(tmp_path, how, *WAITS, "--on", "ssh://h1", DISPLAY=":0", SSH_ASKPASS=str(window)).refused()
    assert "h1: " in line
    assert "Permission denied" in line
    assert not (tmp_path / "asked").exists()


def test_a_connection_that_breaks_costs_a_block(servers: list[Sshd], tmp_path: Path) -> None:
    """The ssh here, the server's process of it there; with all of it gone the run is partial, and is finished once it
    is back."""
    one = servers[0]
    one.start()
    how = ssh(tmp_path, one)
    run = Run(tmp_path, how, *WAITS, "--blocks", "5", "--on", "ssh://h1")
    run.until(lambda found: len(found.samples) >= 1)
    os.kill(run.ssh(), signal.SIGKILL)
    run.until(lambda found: len(found.losses) == 1 and found.samples[-1].block >= 2)
    for pid in children(one.pid):
        os.kill(pid, signal.SIGKILL)
    run.until(lambda found: len(found.losses) >= 2)
    one.stop()
    said = run.ended(3)
    assert "no host is left (h1: ssh: connect to host 127.0.0.1" in " ".join(said.split())
    assert nothing_left(tmp_path)
    found = record(tmp_path)
    assert found
    reasons = [loss.reason for loss in found.losses]
    assert reasons[0] == "ssh was ended by SIGKILL"
    assert reasons[1] in ("Connection to 127.0.0.1 closed by remote host.", "client_loop: send disconnect: Broken pipe")
    one.start()
    Run(tmp_path, how, "--resume", "latest").ended()
    measured(record(tmp_path), 5)
    assert nothing_left(tmp_path, one)


@pytest.mark.parametrize("times", [1, 2])
def test_an_interrupt_ends_a_connection_that_stands_still(times: int, servers: list[Sshd], tmp_path: Path) -> None:
    one = servers[0]
    one.start()
    run = Run(tmp_path, ssh(tmp_path, one), *WAITS, "--blocks", "50", "--on", "ssh://h1")
    run.until(lambda found: bool(found.sites))
    os.kill(run.ssh(), signal.SIGSTOP)
    for _ in range(times):
        run.signal(signal.SIGINT)
        time.sleep(0.2)
    run.ended(130)
    assert nothing_left(tmp_path, one)


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[tuple[Hosts, str]]:
    """Two hosts with networks of their own, on each an sshd, and what reaches them."""
    with hosts(2, tmp_path) as made:
        two = [Sshd(tmp_path, name, made.address(name), made.inside(name)) for name in ("h1", "h2")]
        for one in two:
            one.start()
        yield made, ssh(tmp_path, *two)
        for one in two:
            one.stop()


@namespaces
def test_a_cable_that_is_cut_is_noticed_by_ssh(apart: tuple[Hosts, str], tmp_path: Path) -> None:
    made, how = apart
    run = Run(tmp_path, how, *WAITS, "--blocks", "12", "--on", "ssh://h1,h2", inside=made.inside("c"))
    run.until(lambda found: any(one.site == 1 for one in found.every))
    made.cut("h2")
    run.ended()
    lost = measured(record(tmp_path), 12).losses
    assert lost[0].reason == f"Timeout, server {made.address('h2')} not responding."
    assert {one.host for one in lost} == {"h2"}


@namespaces
def test_a_server_and_its_load_are_on_hosts_that_ssh_reaches(apart: tuple[Hosts, str], tmp_path: Path) -> None:
    made, how = apart
    job = ("-s", "asyncio", "-W", "echo", "-P", "side=server", "-P", "seconds=0.2", "--concurrency", "4")
    where = ("--server-on", "h1", "--load-from", "h2")
    Run(tmp_path, how, *job, "--blocks", "2", *where, inside=made.inside("c")).ended()
    found = json.loads((tmp_path / "said.json").read_text())
    assert {one["name"]: one["role"] for one in found["hosts"]} == {"h1": "server", "h2": "generator"}
    assert found["groups"][0]["rows"][0]["answers_per_second"] > 0
    assert found["reached"] == {"server-on": "h1", "load-from": "h2", "ssh": how}
