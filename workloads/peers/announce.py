"""How a peer learns what to do and says where it is: a job in its arguments, one JSON line on a descriptor."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

BACKLOG = 4096


def job() -> dict[str, Any]:
    """What the peer was started for: {"answer": descriptor, "folder": a private one, "options": {...}}."""
    wanted: dict[str, Any] = json.loads(sys.argv[1])
    return wanted


def announce(descriptor: int, address: tuple[str, int], authority: str | None) -> None:
    """Say that the peer answers at this address, and which certificate (a PEM file) vouches for its TLS."""
    line = json.dumps({"address": address, "authority": authority}) + "\n"
    os.write(descriptor, line.encode())
