"""Hosts that ssh reaches, or any other command that has a shell there run a program."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence

from harness.hosts import boot
from harness.hosts.client import Client
from harness.hosts.crew import Add, Open
from harness.plan.address import command
from harness.process.remote import Remote


class Ssh:
    """A fixed list of hosts."""

    grows, flag, nobody = False, "--on", "none is named"

    def __init__(self, hosts: Sequence[str], ssh: str | None) -> None:
        """`ssh`: what starts a program on a host, if it is not ssh. Raises HarnessError."""
        self._commands = {host: command(ssh, host, program()) for host in hosts}

    def start(self, add: Add) -> None:
        for host, words in self._commands.items():
            add(host, _opening(words), True)

    def close(self) -> None:
        """Nothing is to be stopped."""


def _opening(words: Sequence[str]) -> Open:
    return lambda wanted: Client(Remote(words), wanted)


def program() -> str:
    """What a shell there runs: our interpreter's path, where that is there, or else python3."""
    ours = shlex.quote(os.path.abspath(sys.executable))
    return f'exec "$(command -v {ours} || command -v python3 || echo python3)" -c {shlex.quote(boot.START)}'
