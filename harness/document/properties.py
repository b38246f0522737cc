"""What strategies are like, as it was measured here: what `list strategies --measured --json` prints."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.record.plan import SCHEMA, Status
from harness.statistics.metric import Unit

Answer = Literal["yes", "no", "partly", "unknown"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What an experiment says of a property: an answer or a number (unit: seconds, bytes, counts, shares), or neither:
    why, and with the status of a row that has no numbers, that."""

    status: Status = "ok"
    answer: Answer | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """Of the number: of the blocks, the lowest and the highest."""
    of: float | None = None
    """Out of how many, where it is a count."""
    unit: Unit | None = None
    about: str
    """The numbers behind it, or why there is none."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A property of a strategy: what was found, by which command, in which run."""

    finding: Finding
    command: str | None
    """None where it depends on what was not measured yet."""
    failed: list[str] = []
    """What came of more tasks, which were tried before, and why."""
    run: str | None = None
    """The record that it is from; None where nothing was measured."""
    taken_at: str | None = None


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy with its properties by their names; none where it cannot be used here, for a reason."""

    name: str
    target: str
    status: Status = "ok"
    reason: str | None = None
    properties: dict[str, Cell] = {}


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Strategies and what they are like on a machine."""

    schema: int = SCHEMA
    machine_key: str
    folder: str
    """Where the records of the experiments are kept."""
    strategies: list[Strategy]
    disturbances: list[str] = []
    """Of the machine, while costs were measured."""
    warnings: list[str] = []
    """Records that are not used, and why."""
