"""A history from the stored runs to the shifts in them: `harness.trend`."""

from __future__ import annotations

from pathlib import Path

from harness import api
from harness.document import stored
from harness.document.history import History
from harness.errors import HarnessError
from harness.history.series import Taken, of_record, of_run, series
from harness.plan.request import check_share
from harness.record import store


def trend(results: str | Path | None = None, last: int | None = None, margin: float = 0.02) -> History:
    """Where the stored runs of a folder shifted from commit to commit, by at least a margin (a share): of each series
    only the last commits if so asked. Raises HarnessError."""
    check_share("--margin", margin)
    if last is not None and last < 1:
        raise HarnessError(f"--last {last}: 1 or more")
    taken, unread = collected(api.folder(results))
    return History(series=series(taken, margin, last), runs=len(taken), unread=unread)


def collected(results: Path) -> tuple[list[Taken], list[str]]:
    """What is stored, a run once, as they began, and a line for each file that could not be read."""
    taken, unread = store.each([*store.summaries(results), *store.runs(results)], _taken)
    found = {one.run: one for one in taken.values()}
    return [found[run] for run in sorted(found)], unread


def _taken(path: Path) -> Taken:
    return of_record(store.read(path)) if path.suffix == ".jsonl" else of_run(stored.read(path))
