"""A child at the other end: a workload's server, or the load generator that its servers are loaded by."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.worker.messages import (
    Answer,
    BeGenerator,
    BePeer,
    Close,
    Closed,
    Connect,
    Connected,
    Exchange,
    Exchanged,
    Failed,
)
from harness.worker.options import build
from harness.worker.targets import is_ours, load, look_in
from harness.workloads.peers.lines import Broken
from harness.workloads.peers.load import Clients, settle


def serve(asked: BePeer, ready: Callable[..., None]) -> None:
    """Be a workload's server: its module's `serve(options, folder, ready)` calls `ready(address, authority)`."""
    importlib.import_module(asked.module).serve(asked.options, Path(asked.folder), ready)


class Loader:
    """The load generator of one workload's servers."""

    def __init__(self, asked: BeGenerator) -> None:
        if not is_ours(asked.workload):
            look_in(asked.paths)
        talk: Any = build(load(asked.workload), asked.options)
        settle()
        self._clients = Clients(talk, asked.place, asked.of)

    def __call__(self, asked: Connect | Exchange | Close) -> Answer:
        try:
            match asked:
                case Connect():
                    return Connected(**self._clients.connect(**vars(asked)))
                case Exchange():
                    return Exchanged(**self._clients.exchange(**vars(asked)))
                case Close():
                    return Closed(**self._clients.close(**vars(asked)))
        except Broken as broken:
            return Failed("invalid", str(broken))
        except OSError as error:
            return Failed("invalid", f"the generator failed: {error}")
