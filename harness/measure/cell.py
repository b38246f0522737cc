"""A cell within one block: its driver, and what came of it so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from harness.errors import Interrupted
from harness.measure.count import Counting
from harness.measure.counters import Tool
from harness.measure.functions import Owners
from harness.process.channel import Failure, PeerEnded
from harness.record.checked import encoded
from harness.record.lines import ImpossibleError
from harness.record.plan import Status
from harness.record.sample import Arm, At, Leftover, Observed, Round, Sample
from harness.worker.messages import RoundKind

T = TypeVar("T")
USUAL_ROUNDS, PRECISE_ROUNDS = (0.1, 2), (0.25, 8)
"""What a sample is of: seconds of rounds, and at most so many. More where a precision is asked for: starting workers
takes longer than short rounds."""


class Place(NamedTuple):
    """Which worker of a run: group and strategy by their places in the plan, the block, and the arm."""

    group: int
    strategy: int
    block: int
    arm: Arm = "row"


class Looked(NamedTuple):
    """What was seen of a round that was looked into; until shortly before it failed or was interrupted, if it was."""

    seen: dict[str, Any]
    wall_seconds: float
    failure: Failure | None = None
    interrupted: Interrupted | None = None

    @property
    def whole(self) -> bool:
        """Whether the round came to its end."""
        return not (self.failure or self.interrupted)


class Driver(Protocol):
    """What has a cell's worker run rounds of tasks, or loads the server that it is. All of it raises Failure."""

    most_rounds: int | None
    """Rounds of a sample beyond which more would say nothing new."""

    def begin(self, cpus: Sequence[int]) -> None:
        """Have the worker get ready, on these cores ([]: all), while others do."""

    def ready(self) -> dict[str, Any]:
        """Wait until it is; return its facts."""

    def round(self, kind: RoundKind, position: int) -> Round | None:
        """Run one round, the `position`-th of the block; None where this driver has none of the kind."""

    def count(self) -> Counting[float]:
        """Count the instructions of a task, in workers that are never timed, while others do."""

    def functions(self, used: Tool) -> Counting[Owners]:
        """Count the instructions of a task by function, in the same way."""

    def seen(self, kind: RoundKind, seconds: float) -> Looked:
        """Run one round that is looked into and never timed, as long as that may take."""

    def left(self) -> tuple[dict[str, Any], int | None]:
        """When the rounds are over: have the worker close what the user's code opened; what the rounds
        left behind, and the most memory that their children held, if any."""

    def stop(self) -> None:
        """End the worker."""

    def left_behind(self) -> list[Leftover]:
        """What the worker left running when it was stopped, once that is ended."""


class Cell:
    """A cell within one block: its driver, and what came of it so far. A Failure ends it, and is its outcome."""

    def __init__(self, place: Place, driver: Driver, elapsed: Callable[[], float]) -> None:
        self.place, self._driver, self._elapsed = place, driver, elapsed
        self._facts: dict[str, Any] = {}
        self._warmups: list[Round] = []
        self._rounds: list[Round] = []
        self._observed: Observed | None = None
        self._instructions: float | None = None
        self._left: dict[str, Any] = {}
        self._children: int | None = None
        self._outcome: tuple[Status, str] | None = None
        self._traceback: str | None = None
        self._peer_ended = False
        self._places: list[At] = []
        self._twins: list[Cell] = []

    @property
    def running(self) -> bool:
        """Whether it can go on."""
        return self._outcome is None

    @property
    def warm_seconds(self) -> float:
        """What its last warm-up took; infinity without one."""
        return self._warmups[-1].wall_seconds if self._warmups and self.running else math.inf

    def begin(self, cpus: Sequence[int]) -> None:
        """Have the worker get ready, on these cores ([]: all), while others do the same."""
        self._driver.begin(cpus)

    def prepared(self) -> None:
        """Wait until it is ready."""
        self._facts = self._tried(self._driver.ready) or {}

    def round(self, kind: RoundKind, position: int = 0) -> float:
        """Run one round; return its seconds."""
        at_seconds = self._elapsed()
        done = self._tried(lambda: self._driver.round(kind, position))
        if done is None:
            return 0.0
        done = msgspec.structs.replace(done, at_seconds=at_seconds)
        if isinstance(done, Observed):
            self._observed = done
            if twice := done.begun_twice:
                self._outcome = "invalid", f"{twice} tasks ran more than once: here, or in a copy that a task forked"
        else:
            (self._warmups if kind == "warmup" else self._rounds).append(done)
        return done.wall_seconds

    def wanted(self, asked: int | None, precise: bool = False) -> int:
        """Timed rounds for a sample: as asked, or as many as fill a while."""
        enough, most = PRECISE_ROUNDS if precise else USUAL_ROUNDS
        warm = min(self.warm_seconds, enough)
        wanted = asked or min(most, math.ceil(enough / max(warm, 1e-6)))
        return min(wanted, self._driver.most_rounds or wanted)

    def watched(self, twin: Cell) -> None:
        """Take the watched round of another worker of the same cell for its own, and its outcome where that is bad."""
        self._observed, self._outcome, self._traceback = twin._observed, twin._outcome, twin._traceback
        self._peer_ended = twin._peer_ended
        self._twins.append(twin)

    def count(self) -> Counting[None]:
        """Count the instructions of a task, while others do."""
        try:
            self._instructions = yield from self._driver.count()
        except Failure as failure:
            self.ends(failure)

    def leave(self) -> None:
        """When its rounds are over: close what the user's code opened, and see what they left behind."""
        if left := self._tried(self._driver.left):
            self._left, self._children = left

    def sample(self) -> Sample:
        """What the record keeps of it, when it is stopped: none of what nobody could read again."""
        status, reason = self._outcome or ("ok", None)
        made = Sample(
            self.place.group,
            self.place.strategy,
            self.place.block,
            arm=self.place.arm,
            status=status,
            reason=reason,
            facts=self._facts,
            warmups=self._warmups,
            rounds=self._rounds,
            observed=self._observed,
            instructions_per_task=self._instructions,
            left=self._left,
            children_peak_bytes=self._children,
            traceback=self._traceback,
            peer_ended=self._peer_ended,
            places=self._places,
            left_behind=[left for cell in (self, *self._twins) for left in cell._driver.left_behind()],
        )
        try:
            encoded(made)
        except ImpossibleError as wrong:  # what users' code says of itself may be anything
            unusable = f"its answer was unusable: {wrong}"
            return Sample(*self.place[:3], "failed", unusable, self.place.arm, left_behind=made.left_behind)
        return made

    def stop(self) -> None:
        """End the worker."""
        self._driver.stop()

    def _tried(self, do: Callable[[], T]) -> T | None:
        if not self.running:
            return None
        try:
            return do()
        except Failure as failure:
            self.ends(failure)
            return None

    def ends(self, failure: Failure) -> None:
        """Have it come to a bad end: no rounds after that."""
        self._outcome, self._traceback = (status_of(failure), str(failure)), failure.traceback
        self._peer_ended = isinstance(failure, PeerEnded)
        self._places = [At(place, count) for place, count in failure.places.items()]


def status_of(failure: Failure) -> Status:
    """The status of a cell that failed so. A variant that lacks a name is nobody's wrong usage."""
    return "failed" if failure.status == "usage" else failure.status
