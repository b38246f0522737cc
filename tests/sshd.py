"""A real sshd, which listens on loopback or on a host of `tests/hosts.py`, and the ssh that reaches it: keys, settings
and known hosts of their own, so that nobody's are read or changed."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.plan.address import SSH

LOOPBACK, SECONDS = "127.0.0.1", 20.0
PRIVILEGES = Path("/run/sshd")
"""Where an sshd of root's parts from its privileges; a package makes it when a machine starts."""


@functools.cache
def program() -> str | None:
    """The path of sshd, which does not run by any other name."""
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


@functools.cache
def lacking() -> str | None:
    """Why there is no sshd here."""
    missing = [name for name, there in (("sshd", program()), ("ssh", shutil.which("ssh"))) if not there]
    if missing:
        return f"needs {' and '.join(missing)} (openssh-server, openssh-client)"
    if os.geteuid() == 0 and not PRIVILEGES.is_dir():
        try:
            PRIVILEGES.mkdir(0o755)
        except OSError as error:
            return f"needs {PRIVILEGES}: {error.strerror}"
    return None


class Sshd:
    """One server, for one name of a host."""

    def __init__(self, folder: Path, name: str, address: str = LOOPBACK, inside: tuple[str, ...] = ()) -> None:
        """`inside`: the words before a command that runs it on a host."""
        self.name, self.address, self._folder, self._inside = name, address, folder, inside
        self.port = free_port() if address == LOOPBACK else 22
        self.key, self.host_key, self.log = folder / "key", folder / f"{name}.host", folder / f"{name}.sshd"
        for path in (self.key, self.host_key):
            if not path.exists():
                make_key(path)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """Listen, by these lines of its settings among others."""
        variables = [f"HARNESS_{what.upper()}={self._folder}/{what}-{self.name}" for what in ("lock", "cache")]
        variables += [f"HARNESS_HOST={self.name}"] if self._inside else []
        settings = self._folder / f"{self.name}.conf"
        lines = (
            *more, f"ListenAddress {self.address}:{self.port}", f"HostKey {self.host_key}", "PidFile none",
            f"AuthorizedKeysFile {self.key}.pub", "StrictModes no", "UsePAM no", "PermitRootLogin prohibit-password",
            "PasswordAuthentication yes", f"SetEnv {' '.join(variables)}",
        )  # fmt: skip
        settings.write_text("\n".join(lines) + "\n")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [*self._inside, program() or "", "-D", "-e", "-f", str(settings)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + SECONDS
        while b"listening" not in self.log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > end:
                raise OSError(self.log.read_text())
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def sessions(self) -> list[int]:
        """The processes that hold its connections, and what runs in those."""
        return descendants(self.pid) if self.pid else []

    def stop(self) -> None:
        """Have it and its connections die at once."""
        if self._process is None:
            return
        for pid in [self._process.pid, *self.sessions()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(SECONDS)
        self._process = None

    def entry(self) -> str:
        """How ssh reaches it, as its settings say it."""
        known = self._folder / f"{self.name}.known"
        known.write_text(f"{self.known_as()} {self.host_key.with_suffix('.host.pub').read_text()}")
        return "\n    ".join(
            [
                f"Host {self.name}", f"HostName {self.address}", f"Port {self.port}", f"IdentityFile {self.key}",
                "IdentitiesOnly yes", "GlobalKnownHostsFile none", f"UserKnownHostsFile {known}\n",
            ]
        )  # fmt: skip

    def known_as(self) -> str:
        return self.address if self.port == 22 else f"[{self.address}]:{self.port}"


def ssh(folder: Path, *servers: Sshd, more: str = "", command: str = SSH) -> str:
    """What `--ssh` is told to reach them: `more` are settings that come before theirs."""
    settings = folder / "ssh.conf"
    settings.write_text("\n".join([more, *(one.entry() for one in servers)]))
    return command.replace("ssh", f"ssh -F {settings}", 1)


def make_key(path: Path, passphrase: str = "") -> None:
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)]
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, timeout=SECONDS)


def free_port() -> int:
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        port: int = one.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    """The processes that one has started, in whatever thread."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(one) for one in task.read_text().split()]
    return found


def descendants(pid: int) -> list[int]:
    found = children(pid)
    return [*found, *(one for child in found for one in descendants(child))]


@contextlib.contextmanager
def sshd(folder: Path, *names: str) -> Iterator[list[Sshd]]:
    """Servers on loopback, not started yet, as long as this runs."""
    made = [Sshd(folder, name) for name in names]
    try:
        yield made
    finally:
        for one in made:
            one.stop()


needed = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))


def left(folder: Path, *servers: Sshd) -> list[str]:
    """The commands of processes that know of a folder, but for these servers themselves: of agents, of what they
    started, and of the ssh that brought them."""
    ours = [one.pid for one in servers] + [os.getpid()]
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid, state = int(process.name), (process / "stat").read_text().rpartition(")")[2].split()[0]
            about = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if pid not in ours and state != "Z" and str(folder).encode() in about:
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return found


def nothing_left(folder: Path, *servers: Sshd) -> bool:
    """Whether there are no such processes, soon."""
    end = time.monotonic() + SECONDS
    while left(folder, *servers) and time.monotonic() < end:
        time.sleep(0.1)
    return not left(folder, *servers)
