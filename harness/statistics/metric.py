"""What a number of a cell is: how it is read, in which unit, and which way is better. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.record.plan import PlannedGroup
    from harness.record.sample import Round, Sample

Unit = Literal["s", "bytes", "count", "share", "per second"]
Over = Literal["spread", "median", "highest"]
Better = Literal["lower", "higher"]


@dataclass(frozen=True)
class Metric:
    """A number of a cell. Either `of_round` or `of_sample` reads it; None is no number."""

    name: str
    unit: Unit
    about: str
    of_round: Callable[[Round, PlannedGroup], float | None] | None = None
    of_sample: Callable[[Sample, PlannedGroup], float | None] | None = None
    better: Better = "lower"
    limit: float | None = None
    """How much worse a candidate may be, as a share, where nobody says; None: not for gates."""
    field: str | None = ""
    """Where the JSON has it, in a row; None: in no field of its own, empty: `metrics.NAME`."""
    over: Over = "spread"
    """What a row has of its samples' numbers. A sample's is the median of its rounds."""
    heading: str = ""
    """Of its column, if it has one."""
    serves: bool | None = None
    """Whose rows have it: servers', clients', or both (None)."""
    counted: bool = False
    """Whether it is counted in a round of its own, so that no noise moves it."""
    missing: Callable[[PlannedGroup], str] | None = None
    """Why a cell has none."""

    @property
    def place(self) -> str | None:
        """Where the JSON has it, in a row."""
        return f"metrics.{self.name}" if self.field == "" else self.field

    @property
    def shown(self) -> str | None:
        """Where the JSON has the one number that a table shows."""
        return f"{self.place}.median" if self.place and self.over == "spread" else self.place
