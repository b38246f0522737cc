"""A workload's peer, while its promises are checked."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from subprocess import PIPE
from typing import Any

from harness.strategies.checks import promise
from harness.workloads.base import Peer, Workload

SERVE = (
    "import importlib, json, pathlib; serve = importlib.import_module({module!r}).serve; "
    "say = lambda *where: print(json.dumps(where), flush=True); "
    "serve(json.loads({options!r}), pathlib.Path({folder!r}), say)"
)


@contextlib.contextmanager
def started(workload: Workload) -> Iterator[Peer | None]:
    """The peer that a workload needs, in a process of its own; None if it needs none."""
    if workload.needs_peer() and workload.peer_module:
        with serving(workload.peer_module, asdict(workload)) as peer:
            yield peer
    else:
        yield None


@contextlib.contextmanager
def serving(module: str, options: dict[str, Any]) -> Iterator[Peer]:
    """A peer that serves with these options, in a process of its own. Raises AssertionError where it does not."""
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        program = SERVE.format(module=module, options=json.dumps(options), folder=folder)
        with promise.started("pass", program, stdout=PIPE) as process:
            try:
                assert process.stdout is not None
                said = process.stdout.readline()
                assert said, f"the peer {module} did not start"
                address, authority = json.loads(said)
                yield Peer(tuple(address), authority)
                assert process.poll() is None, f"the peer {module} ended by itself"
            finally:
                process.kill()
