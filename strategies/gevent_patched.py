"""gevent under `monkey.patch_all()`: the standard library's primitives, made to yield."""

from __future__ import annotations

from harness.strategies.gevent import Gevent
from harness.strategies.sockets import BlockingIo


class GeventPatched(Gevent):
    """gevent under monkey.patch_all(): the same as `gevent`, through the standard library's primitives."""

    prelude = "gevent.monkey:patch_all"

    def __init__(self, pool: int | None = None) -> None:
        super().__init__(pool)
        self.io = BlockingIo()
