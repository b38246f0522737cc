"""Why a round takes as long as it does: seen from within, in a worker that is never timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from harness.worker.why import lines
from harness.worker.why.again import Again
from harness.worker.why.beside import Beside
from harness.worker.why.executors import Executors
from harness.worker.why.held import Held
from harness.worker.why.network import Network
from harness.worker.why.sampler import Sampler
from harness.worker.why.waits import Waits

if TYPE_CHECKING:
    from harness.worker.messages import RoundKind
    from harness.worker.prepared import Prepared


class Watcher(Protocol):
    """One thing that is seen of a round."""

    name: str
    """Under which it is told."""

    def begin(self) -> None:
        """The round is about to begin: called in the thread of the strategy."""

    def look(self) -> None:
        """Called every 20 ms while the round runs, in a thread of its own."""

    def end(self) -> None:
        """The round is over: called in the thread of the strategy."""

    def seen(self) -> Any:
        """What was seen so far, as JSON has it: called in either thread."""


SAMPLED: list[Callable[[Prepared], Watcher]] = [Beside, Waits, Executors, Network, Held]
"""What makes each, of the cell, that looks now and then: the round takes about as long as ever."""


class Explained:
    """All that is seen of a round."""

    def __init__(self, cell: Prepared, kind: RoundKind, snapshots: str | None) -> None:
        watchers = [make(cell) for make in SAMPLED]
        looks = [one.look for one in watchers]
        told: Watcher
        if kind == "sampled":
            told = Again(cell)
        else:  # by every call: also those of what the others do when they begin and end
            told = heard = lines.of_cell(cell)
            looks = [heard.wakes, *looks, heard.sleeps]
        self._watchers = [*watchers, told]
        self._samplers = [Sampler(looks, self.seen, snapshots), Sampler([told.look])]

    def begin(self) -> None:
        """See from here on."""
        for one in (*self._watchers, *self._samplers):
            one.begin()

    def end(self) -> None:
        """See no more."""
        for one in (*reversed(self._watchers), *reversed(self._samplers)):
            one.end()

    def seen(self) -> dict[str, Any]:
        """What each has seen."""
        return {one.name: one.seen() for one in self._watchers}
