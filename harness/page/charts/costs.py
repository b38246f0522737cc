"""What each strategy costs: processor and memory."""

from __future__ import annotations

from typing import NamedTuple

from harness.document.run import Group, Row
from harness.page.charts import rows
from harness.page.charts.rows import Places


class Cost(NamedTuple):
    """A row: its share of one core, of which in the kernel; seconds for each task (or answer); bytes at the highest,
    and those that each task (or connection) adds; threads."""

    name: str
    place: int
    share: float
    kernel: float
    each_seconds: float
    memory: int
    each_memory: int | None
    threads: int | None


class Costs(NamedTuple):
    """The rows, and what one of their tasks is called."""

    rows: tuple[Cost, ...]
    each: str
    each_memory: str

    @property
    def most_share(self) -> float:
        """The end of the axis of processors: a whole core at least."""
        return max([1.0, *(row.share for row in self.rows)])

    @property
    def most_memory(self) -> int:
        """The end of that of memory."""
        return max([1, *(row.memory for row in self.rows)])


def costs(group: Group, places: Places) -> Costs | None:
    """Those of a group; None where no row has numbers."""
    found = [_cost(row, group, places) for row in rows.good(group) if row.cpu_seconds]
    if not found:
        return None
    return Costs(tuple(found), *(("per answer", "per connection") if group.serves else ("per task", "per task")))


def _cost(row: Row, group: Group, places: Places) -> Cost:
    processor = row.cpu_seconds
    parts = processor.user + processor.system + processor.children
    share = row.cpu_share or row.server_cpu_share or processor.median / row.wall_seconds.median
    each = share / row.answers_per_second if row.answers_per_second else processor.median / group.tasks
    return Cost(
        row.name, places[row.name], share, share * processor.system / parts if parts else 0.0, each,
        row.peak_memory_bytes, _whole(row.memory_per_task_bytes), _whole(row.threads_max),
    )  # fmt: skip


def _whole(value: int) -> int | None:
    """A number of a row, or None where it is absent."""
    return int(value) if isinstance(value, int | float) else None
