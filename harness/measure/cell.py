"""One worker at work: a cell within one block, with what came of it so far."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from harness.measure import count
from harness.process import launch
from harness.process.peers import OtherEnd
from harness.record.plan import Status, Strategy
from harness.record.sample import Arm, Observed, Round, Sample

USUAL_ROUNDS, PRECISE_ROUNDS = (0.1, 2), (0.25, 8)
"""What a sample is of: seconds of rounds, and at most so many. More where a precision is asked for: starting workers
takes longer than short rounds."""


class Place(NamedTuple):
    """Which worker of a run: group and strategy by their places in the plan, the block, and the arm."""

    group: int
    strategy: int
    block: int
    arm: Arm = "row"


class Cell:
    """A cell within one block: its worker, and what came of it so far."""

    def __init__(self, place: Place, strategy: Strategy, timeout: float) -> None:
        self.place, self._timeout = place, timeout
        self._strategy = strategy
        self._worker = launch.worker(strategy.prelude, strategy.variant)
        self._facts: dict[str, Any] = {}
        self._rounds: dict[str, list[Round]] = {"warmup": [], "timed": []}
        self._observed: Observed | None = None
        self._instructions: float | None = None
        self._outcome: tuple[Status, str] | None = None

    @property
    def running(self) -> bool:
        """Whether it can go on."""
        return self._outcome is None

    @property
    def warm_seconds(self) -> float:
        """What its last warm-up took; infinity without one."""
        warmups = self._rounds["warmup"]
        return warmups[-1].wall_seconds if warmups and self.running else math.inf

    def begin(self, job: dict[str, Any], cpus: Sequence[int]) -> None:
        """Have the worker import what it needs, which may use all cores, and bring its runtime up on these ([]: all),
        while others do the same."""
        self._worker.tell(self._named(job) | {"do": "prepare", "cpus": list(cpus)})

    def prepared(self) -> None:
        """Wait until it is ready."""
        self._facts = self._answer(lambda: self._worker.wait(launch.START_SECONDS)).get("ready", {})
        if (strange := self._facts.get("strange_module")) and self._strategy.variant:
            self._outcome = "invalid", f"it imports {strange}, which is not its own"

    def round(self, kind: str, peer: OtherEnd | None, position: int = 0) -> float:
        """Run one round; return its seconds."""
        before = peer.cpu_seconds() if peer else 0.0
        answer = self._answer(lambda: self._worker.ask({"do": kind}, self._timeout)).get("round")
        if answer is None:
            return 0.0
        seen = {"position": position, "peer_cpu_seconds": peer.cpu_seconds() - before if peer else None}
        try:
            done = msgspec.convert(answer | seen, Observed if kind == "observed" else Round)
        except msgspec.ValidationError as error:
            self._outcome = "failed", f"its answer was unusable: {error}"
            return 0.0
        if isinstance(done, Observed):
            self._observed = done
            if done.begun_twice:
                self._outcome = "invalid", f"{done.begun_twice} tasks ran more than once"
        else:
            self._rounds[kind].append(done)
        return done.wall_seconds

    def wanted(self, asked: int | None, precise: bool = False) -> int:
        """Timed rounds for a sample: as asked, or as many as fill a while."""
        enough, most = PRECISE_ROUNDS if precise else USUAL_ROUNDS
        warm = min(self.warm_seconds, enough)
        return asked or min(most, math.ceil(enough / max(warm, 1e-6)))

    def count(self, job: dict[str, Any]) -> None:
        """Count the instructions of a task, in workers that are never timed."""
        with tempfile.TemporaryDirectory(prefix="harness-") as folder:
            try:
                self._instructions = count.per_task(self._strategy, self._named(job), Path(folder))
            except launch.Failure as failure:
                self.fail(failure)

    def _named(self, job: dict[str, Any]) -> dict[str, Any]:
        targets = {"strategy": self._strategy.target, "workload": job["workload"]}
        folder = None
        if variant := self._strategy.variant:
            targets = {name: variant.at(target) for name, target in targets.items()}
            folder = variant.folder
        return job | targets | {"slowdown": self._strategy.slowdown, "folder": folder}

    def sample(self) -> Sample:
        """What the record keeps of it."""
        status, reason = self._outcome or ("ok", None)
        return Sample(
            self.place.group,
            self.place.strategy,
            self.place.block,
            arm=self.place.arm,
            status=status,
            reason=reason,
            facts=self._facts,
            warmups=self._rounds["warmup"],
            rounds=self._rounds["timed"],
            observed=self._observed,
            instructions_per_task=self._instructions,
        )

    def fail(self, failure: launch.Failure) -> None:
        """Give it up."""
        self._outcome = failure.status, str(failure)

    def stop(self) -> None:
        """End the worker."""
        self._worker.stop()

    def _answer(self, get: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            answer = get()
        except launch.Failure as failure:
            self.fail(failure)
            return {}
        if "status" in answer:
            mistyped = answer["status"] == "usage"  # in a variant, where nobody did
            self._outcome = "failed" if mistyped else answer["status"], answer["reason"]
        return answer
