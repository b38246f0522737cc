"""What a round computes, by line, while no call of it is heard of: it is seen now and then, and takes what it takes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.worker import stacks
from harness.worker.why.clocks import clock, cpu_clock, get_ident, now, process_time
from harness.worker.why.lines import whose_of_cell
from harness.worker.why.sampler import EVERY, THREADS

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared

DENIED = 2 * EVERY
"""Seconds after which a look comes late: code in C had the GIL until now, and where it was called is not to be seen."""
MOST = 10_000


class Again:
    """The computing of the strategy's thread, and that of others."""

    name = "again"

    def __init__(self, cell: Prepared) -> None:
        self._whose = whose_of_cell(cell)
        self._ended, self._others = False, 0.0

    def begin(self) -> None:
        """See from here on."""
        self._thread = get_ident()
        self._clock = cpu_clock(self._thread)
        self._looked, self._cpu, self._process = now(), clock(self._clock), process_time()
        self._unseen = self._all = 0.0
        self._lines: Counter[tuple[str, int]] = Counter()

    def look(self) -> None:
        """See which line runs."""
        if self._ended or (frame := stacks.of_threads().get(self._thread)) is None:
            return
        computing, denied = self._passed()
        at = self._whose.line(frame)
        if denied:
            self._unseen += computing
        elif at is not None and len(self._lines) < MOST:
            self._lines[at.frame.f_code.co_filename, at.frame.f_lineno or 0] += computing  # type: ignore[assignment]

    def _passed(self) -> tuple[float, bool]:
        moment, cpu = now(), clock(self._clock)
        computing, denied = cpu - self._cpu, moment - self._looked > DENIED
        self._looked, self._cpu = moment, cpu
        self._all += computing
        return computing, denied

    def end(self) -> None:
        """See no more."""
        self._ended = True
        self._passed()
        ours = sum(clock(cpu_clock(thread)) for thread in list(THREADS))
        self._others = max(0.0, process_time() - self._process - self._all - ours)

    def seen(self) -> dict[str, Any]:
        """As JSON has it, in seconds: all that the thread computed, exactly; what is of no known line, and the lines;
        and what the process's other threads computed."""
        lines = [[*line, seconds] for line, seconds in list(self._lines.items())]
        return {"computing": self._all, "unseen": self._unseen, "lines": lines, "others": self._others}
