"""anyio's tasks in one group, and its streams, over trio."""

from __future__ import annotations

from collections.abc import Callable

import trio

from harness.strategies.anyio import Anyio


class AnyioTrio(Anyio):
    """anyio on trio: the same as `anyio`, on the other of its two event loops."""

    loop = "trio"

    def _threadsafe(self) -> Callable[[Callable[[], object]], object]:
        return trio.lowlevel.current_trio_token().run_sync_soon
