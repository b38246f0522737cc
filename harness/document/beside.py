"""Two stored runs side by side, typed: what `compare --json` prints, and what `harness.compare` returns."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.document.run import Estimate, Positive, Ratio, Seconds
from harness.record.plan import SCHEMA
from harness.statistics.paired import Verdict

Basis = Literal["history", "cells", "calibration"]
Said = Verdict | Literal["none"]


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy then and now. Ratios are now against then: above 1 is slower."""

    strategy: str
    variant: str | None
    name: str
    then_seconds: Positive
    now_seconds: Positive
    ratio: Estimate
    """Of the times, with the interval of the rank sum test over blocks: what lies within these two runs, and nothing
    of how much runs differ."""
    then_ratio: Ratio | None
    """Against its reference; None where the two runs had different ones."""
    now_ratio: Ratio | None
    hint: Literal["slower", "faster", "none"]
    """The verdict, where it is one of these."""
    then_spread: Seconds | None = None
    """Of its samples within that run."""
    now_spread: Seconds | None = None
    verdict: Said = "none"
    basis: Basis | None = None
    """What its interval comes of: past runs of the cell, the other cells of its group, or `calibrate`."""
    of: int = 0
    """How many runs or cells."""
    interval: Estimate | None = None
    """Of the ratio to the reference (or, by `cells`, beyond what the others moved by), at the level of its test."""
    level: float | None = None
    reason: str | None = None


class Both(msgspec.Struct, frozen=True):
    """A group that both runs have."""

    workload: str
    options: dict[str, Any]
    tasks: int
    rows: list[Beside]
    concurrency: int
    shown: list[str] | None = None
    """The options that apply with these values; None: all of them."""
    reference: str | None = None
    """What the ratios of both runs are against; None where nothing was in both."""
    command: str | None = None
    """What would tell where there is no verdict: a gate of both, or more runs where their code is the same."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs side by side."""

    schema: int = SCHEMA
    then: str
    now: str
    weaker: bool = True
    """Than one run of both: what the machine did meanwhile is in it."""
    margin: float = 0.02
    same_code: bool = False
    """Whether both are of one commit without changes, and of the same libraries."""
    groups: list[Both]
    remarks: list[str]
