"""A history from the stored runs to the shifts in them: `harness.trend`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness import api
from harness.errors import HarnessError
from harness.history.series import Summary, series, summary
from harness.record import store


def trend(results: str | Path | None = None, last: int | None = None, margin: float = 0.02) -> Any:
    """Where the stored runs of a folder shifted from commit to commit, by at least a margin (a share): of each series
    only the last commits if so asked. Raises HarnessError."""
    from harness.plan.request import check_share

    check_share("--margin", margin)
    if last is not None and last < 1:
        raise HarnessError(f"--last {last}: 1 or more")
    summaries, unread = collected(Path(results or api.RESULTS))
    return series(summaries, margin, last), len(summaries), unread


def collected(results: Path) -> tuple[list[Summary], list[str]]:
    """What is stored, a run once, and a line for each file that could not be read."""
    found: dict[str, Summary] = {}
    unread = []
    for path in [*store.summaries(results), *store.runs(results)]:
        try:
            one = summary(store.read(path)) if path.suffix == ".jsonl" else store.read_document(path, Summary)
        except HarnessError as error:
            unread.append(str(error))
        else:
            found[one.run] = one
    return list(found.values()), unread
