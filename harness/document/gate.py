"""Whether a candidate is worse than its base: what `gate --json` prints, and what `harness.check` returns."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.document.run import Ratio
from harness.record.plan import SCHEMA, Counter

Outcome = Literal["pass", "regression", "undecided", "incomplete", "new"]


class Grown(msgspec.Struct, frozen=True):
    """A function that runs more instructions in a task than it did: its own, not those of what it calls."""

    function: str
    file: str
    """Of Python: within the tree, or from where libraries lie. Of C: the shared library. Empty: a built-in function."""
    line: int | None
    before: float
    after: float
    share: float
    """Of all that grew, seen by the same counter."""
    seen_by: Counter
    """qemu sees Python's functions and those built in that they call, callgrind sees C's."""


class Decision(msgspec.Struct, frozen=True):
    """What came of one cell by one metric, in its unit. The comparison is of candidate and base: above 1 is worse."""

    workload: str
    strategy: str
    metric: str
    limit: float
    outcome: Outcome
    reason: str | None = None
    base: float | None = None
    candidate: float | None = None
    comparison: Ratio | None = None
    traceback: str | None = None
    """Where one of its sides failed."""
    grew: list[Grown] = []
    """Of a regression by instructions: the functions that did, those that grew most first."""


class Shard(msgspec.Struct, frozen=True):
    """A part of a gate, which `gate --merge` puts together with the others."""

    number: int
    """From 1."""
    of: int
    blocks: int
    """Of all shards together."""
    lines: list[str]
    """Of its record, with their checksums."""
    crc32: str = ""
    """Of all of them: whether each is there, and once."""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """What came of all cells: the worst outcome of them."""

    schema: int = SCHEMA
    run: str
    outcome: Outcome
    cells: list[Decision]
    remarks: list[str] = []
    blocks: int = 0
    """That it was decided by, or that there were."""
    most: int = 0
    """How many there could have been."""
    command: str = ""
    """That asks it again."""
    shard: Shard | None = None
