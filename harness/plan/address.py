"""What `--on`, `--server-on` and `--load-from` say: hosts by ssh, or (`--on`) a Dask scheduler by its address or its
file. Nothing is connected to."""

from __future__ import annotations

import ipaddress
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from harness.errors import HarnessError, StoreError

KNOWN = "ssh://HOST,HOST, tcp://SCHEDULER:8786, tls://SCHEDULER:8786, or a scheduler file"
SSH = (
    "ssh -T -x -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=2 "
    "-o RemoteCommand=none -o ClearAllForwardings=yes -o PermitLocalCommand=no {host}"
)
"""Without what somebody's ~/.ssh/config has for sessions of people."""
LARGEST = 1 << 20
"""Bytes of a scheduler file."""


class Trust(NamedTuple):
    """How a scheduler is trusted: without TLS though others reach it, or by files of certificates."""

    insecure: bool = False
    ca: str | None = None
    cert: str | None = None
    key: str | None = None


class Address(NamedTuple):
    """Hosts by ssh, or a scheduler's address."""

    scheme: Literal["ssh", "tcp", "tls"]
    hosts: Sequence[str] = ()
    scheduler: str = ""


def address(text: str, trust: Trust = Trust()) -> Address:  # noqa: B008
    """What is meant. Raises HarnessError where nothing can be, or what nobody should trust."""
    if Path(text).is_file():
        return _of_scheduler(text, _in_file(Path(text)), trust)
    scheme, _, rest = text.partition("://")
    if scheme == "ssh":
        return Address("ssh", hosts(f"--on {text}", rest, "write ssh://HOST,HOST, ports and keys in ~/.ssh/config"))
    if scheme not in ("tcp", "tls"):
        raise HarnessError(f"--on {text}: write {KNOWN}")
    return _of_scheduler(text, text, trust)


def command(ssh: str | None, host: str, program: str) -> list[str]:
    """The words that have a shell on a host run a program: `ssh`, a command whose `{host}` is replaced. Raises
    HarnessError."""
    ssh = ssh or SSH
    try:
        words = shlex.split(ssh)
    except ValueError as wrong:
        raise HarnessError(f"--ssh {ssh}: {wrong}") from None
    if not any("{host}" in word for word in words):
        raise HarnessError(f"--ssh {ssh}: name where the host stands, such as {SSH.partition(' ')[0]} {{host}}")
    return [*(word.replace("{host}", host) for word in words), program]


def apart(server_on: str, load_from: str) -> tuple[str, list[str]]:
    """The host of the servers and those of the load generators, which ssh reaches. Raises HarnessError."""
    how = "write HOST, as ssh knows it (no address of a cluster; ports and keys in ~/.ssh/config)"
    server, *more = hosts(f"--server-on {server_on}", server_on, how)
    if more:
        raise HarnessError(f"--server-on {server_on}: one host serves")
    generators = hosts(f"--load-from {load_from}", load_from, how)
    if server in generators:
        raise HarnessError(f"--load-from {load_from}: {server} serves: generators need a host of their own")
    return server, generators


def hosts(said: str, listed: str, how: str) -> list[str]:
    """Hosts between commas. Raises HarnessError, in a line that begins with what was said and says how to write it."""
    found = [one.strip() for one in listed.rstrip("/").split(",")]
    for host in found:
        before, _, port = host.partition(":")  # an address has more of them
        has_port = bool(before) and port.isdigit()
        if not host or host.startswith("-") or "/" in host or has_port or any(c.isspace() for c in host):
            raise HarnessError(f"{said}: {host!r} is no host: {how}")
    if len(set(found)) < len(found):
        twice = next(one for one in found if found.count(one) > 1)
        raise HarnessError(f"{said}: {twice} is there twice")
    return found


def _in_file(path: Path) -> str:
    """The address in a scheduler file of Dask's."""
    from harness.record import regular

    try:
        found = json.loads(regular.read(path, LARGEST))["address"]
    except (StoreError, ValueError, KeyError, TypeError, RecursionError):
        found = None
    if not isinstance(found, str):
        raise HarnessError(f"--on {path}: no scheduler file: Dask writes one with `dask scheduler --scheduler-file`")
    return found


def _of_scheduler(text: str, found: str, trust: Trust) -> Address:
    try:
        parts = urlsplit(found)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme not in ("tcp", "tls"):
        raise HarnessError(f"--on {text}: {found} is no address of a scheduler: write {KNOWN}")
    if parts.scheme == "tcp" and (trust.ca or trust.cert or trust.key):
        raise HarnessError(f"--on {text}: certificates are for tls://{host}:{port}")
    if parts.scheme == "tcp" and not trust.insecure and not _is_loopback(host):
        raise HarnessError(
            f"--on {text}: anybody who reaches {host}:{port} can run programs on your hosts: use tls:// or --insecure"
        )
    for flag, file in (("--tls-ca", trust.ca), ("--tls-cert", trust.cert), ("--tls-key", trust.key)):
        if file and not Path(file).is_file():
            raise HarnessError(f"{flag} {file}: there is no such file")
    return Address("tls" if parts.scheme == "tls" else "tcp", scheduler=found)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
