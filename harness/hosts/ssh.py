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

MARK = b"\x16" * 8
"""Comes before our first byte: what came until then, a shell's start-up file has printed."""
BEGIN = f"import os; os.write(1, bytearray([{MARK[0]}] * {len(MARK)}))"
FIND = 'p=$(command -v "$0" || command -v python3) || { echo "there is no python3" >&2; exit 127; }; exec "$p" -c "$1"'
"""For sh, as fish and csh write it otherwise: our interpreter ($0) or theirs runs a program ($1)."""


class Ssh:
    """A fixed list of hosts."""

    grows, flag, nobody = False, "--on", "none is named"

    def __init__(self, hosts: Sequence[str], ssh: str | None) -> None:
        """`ssh`: what starts a program on a host, if it is not ssh. Raises HarnessError."""
        self._commands = {host: command(ssh, host, program()) for host in hosts}

    def start(self, add: Add) -> None:
        for host, words in self._commands.items():
            add(host, _opening(words))

    def close(self) -> None:
        """Nothing is to be stopped."""


def line(words: Sequence[str]) -> Remote:
    """Start what `words` have run there. Raises Gone."""
    return Remote(words, MARK)


def _opening(words: Sequence[str]) -> Open:
    return lambda wanted: Client(line(words), wanted)


def program() -> str:
    """What a shell there runs, of whatever kind: our interpreter's path, where that is there, or else python3."""
    ours = os.path.abspath(sys.executable)
    return " ".join(["exec", "sh", "-c", *map(shlex.quote, (FIND, ours, f"{BEGIN}; {boot.START}"))])
