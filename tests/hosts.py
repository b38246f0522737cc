"""Hosts on one machine: network namespaces, and cables to a bridge in a namespace of its own, so that the machine's own
network is left alone. Each has a lock and a cache of its own; files, process numbers and cores are shared."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from harness.record import store
from harness.record.sample import Record

NETWORK = "10.77.0"
SECONDS = 60.0


def ip(*words: str, check: bool = True) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=SECONDS)
    if check and done.returncode:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@functools.cache
def lacking() -> str | None:
    """Why there can be no such hosts here."""
    if not shutil.which("ip"):
        return "needs ip (iproute2)"
    if os.geteuid() != 0:
        return "needs root, which may make network namespaces"
    name = f"hst{os.getpid()}-probe"
    try:
        ip("netns", "add", name)
        ip("-n", name, "link", "add", "br0", "type", "bridge")
    except OSError as error:
        return f"needs network namespaces: {error}"
    finally:
        ip("netns", "del", name, check=False)
    return None


class Hosts:
    """So many hosts, h1 to hN, and `c`, where the client is."""

    def __init__(self, number: int, folder: Path) -> None:
        self.names = [*(f"h{n}" for n in range(1, number + 1)), "c"]
        self._prefix, self._folder = f"hst{os.getpid()}", folder
        self._started: list[subprocess.Popen[bytes]] = []
        self._cables: list[subprocess.Popen[bytes]] = []

    def up(self) -> None:
        net = f"{self._prefix}-net"
        ip("netns", "add", net)
        ip("-n", net, "link", "add", "br0", "type", "bridge")
        ip("-n", net, "link", "set", "br0", "up")
        for number, name in enumerate(self.names, 1):
            one = self.namespace(name)
            ip("netns", "add", one)
            ip("-n", one, "link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", net)
            ip("-n", net, "link", "set", name, "master", "br0", "up")
            ip("-n", one, "addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            ip("-n", one, "link", "set", "eth0", "up")
            ip("-n", one, "link", "set", "lo", "up")

    def lengthen(self, name: str, seconds: float) -> None:
        """Have what a host sends and gets be so late: by netem where the kernel has it, or else by a cable of ours."""
        ends = [(self.namespace(name), "eth0"), (self.namespace("net"), name)]
        late = f"{seconds * 1e6:.0f}us"
        try:
            for one, device in ends:
                ip("netns", "exec", one, "tc", "qdisc", "add", "dev", device, "root", "netem", "delay", late)
        except OSError:
            self._replace(name, ends, seconds)

    def _replace(self, name: str, ends: list[tuple[str, str]], seconds: float) -> None:
        (host, _), (net, _) = ends
        ip("-n", host, "link", "del", "eth0")
        command = [sys.executable, str(Path(__file__).with_name("cable.py")), host, net, name, str(seconds)]
        cable = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._cables.append(cable)
        assert cable.stdout
        assert cable.stdout.readline() == b"there\n"
        ip("-n", net, "link", "set", name, "master", "br0", "up")
        ip("-n", host, "addr", "add", f"{self.address(name)}/24", "dev", "eth0")
        ip("-n", host, "link", "set", "eth0", "up")

    def down(self) -> None:
        """End what runs there, and remove them."""
        for name in self.names:
            for _ in range(50):
                if not self.pids(name):
                    break
                self.kill(name)
                time.sleep(0.1)
        for one in self._cables:
            one.kill()
            assert one.stdout
            one.stdout.close()
        for one in [*self._started, *self._cables]:
            one.wait(SECONDS)
        for name in [*self.names, "net"]:
            ip("netns", "del", self.namespace(name), check=False)

    def namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def inside(self, name: str) -> tuple[str, ...]:
        """What runs a program on a host."""
        return ("ip", "netns", "exec", self.namespace(name))

    def address(self, name: str) -> str:
        return f"{NETWORK}.{self.names.index(name) + 1}"

    @property
    def ssh(self) -> str:
        """What has a shell on a host, in place of ssh."""
        lock, cache = self._folder / "lock-{host}", self._folder / "cache-{host}"
        words = f"env HARNESS_HOST={{host}} HARNESS_LOCK={lock} HARNESS_CACHE={cache} sh -c"
        return f"ip netns exec {self._prefix}-{{host}} {words}"

    def environment(self, name: str) -> dict[str, str]:
        own = {what: f"{self._folder}/{what}-{name}" for what in ("lock", "cache")} | {"host": name}
        return os.environ | {f"HARNESS_{what.upper()}": said for what, said in own.items()}

    def start(self, name: str, *command: str, where: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a program on a host; what it prints is in a file."""
        with (self._folder / f"{name}.log").open("ab") as log:
            one = subprocess.Popen(
                [*self.inside(name), *command], env=self.environment(name), stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, cwd=where or self._folder,
            )  # fmt: skip
        self._started.append(one)
        return one

    def run(self, *arguments: str, command: str = "run", where: Path | None = None) -> subprocess.Popen[bytes]:
        """Start the program on the client's host; its JSON goes to said.json."""
        program = [sys.executable, "-m", "harness", command, "--results", str(self._folder / "results")]
        return self.start("c", *program, "--json", str(self._folder / "said.json"), *arguments, where=where)

    def scheduler(self, *tls: str) -> str:
        """Start a Dask scheduler on the client's host; its address."""
        dask = str(Path(sys.executable).with_name("dask"))
        protocol = "tls" if tls else "tcp"
        where = f"{protocol}://{self.address('c')}:8786"
        more = ("--protocol", protocol, "--no-dashboard", *tls)
        self.start("c", dask, "scheduler", "--host", self.address("c"), "--port", "8786", *more)
        return where

    def worker(self, name: str, scheduler: str, *tls: str) -> subprocess.Popen[bytes]:
        dask = str(Path(sys.executable).with_name("dask"))
        more = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name, *tls, "--local-directory")
        return self.start(name, dask, "worker", scheduler, *more, str(self._folder / f"dask-{name}"))

    def pids(self, name: str) -> list[int]:
        return [int(pid) for pid in ip("netns", "pids", self.namespace(name), check=False).split()]

    def kill(self, name: str) -> None:
        """A host that loses its power, as far as processes go."""
        for pid in self.pids(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def cut(self, name: str) -> None:
        """Take its cable out: nothing dies, nothing is told."""
        ip("-n", self.namespace("net"), "link", "set", name, "down")

    def mend(self, name: str) -> None:
        ip("-n", self.namespace("net"), "link", "set", name, "up")

    def quiet(self, names: Sequence[str], seconds: float = 20.0) -> bool:
        """Whether nothing runs on some hosts within so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not any(self.pids(name) for name in names):
                return True
            time.sleep(0.1)
        return False


@contextlib.contextmanager
def hosts(number: int, folder: Path) -> Iterator[Hosts]:
    """Hosts as long as this runs, however it ends."""
    made = Hosts(number, folder)
    try:
        made.up()
        yield made
    finally:
        made.down()


def record(folder: Path) -> Record | None:
    """What is there of the only run of a folder, so far."""
    paths = list((folder / "results").glob("*.jsonl"))
    return store.read(paths[0]) if paths else None


needed = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
