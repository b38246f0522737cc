"""What failed beside the tasks, in what they started and nobody waits for."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from harness.worker import failures
from harness.worker.aside import MOST, Seen, users_code_in
from harness.worker.causes import frames_of, is_theirs
from harness.worker.why import dropped
from harness.worker.why.waited import line_of

if TYPE_CHECKING:
    from harness.worker.prepared import Prepared


class Beside:
    """Tells what `Aside` has heard of, and which exceptions were given back and dropped: that fails no row."""

    name = "beside"

    def __init__(self, cell: Prepared) -> None:
        self._aside = cell.aside
        self._dropped: list[Seen] = []

    def begin(self) -> None:
        """Failures are heard of since before the round."""
        self._hear_no_more = dropped.listen(self._note)

    def _note(self, place: str, error: BaseException) -> None:
        if len(self._dropped) < MOST:
            self._dropped.append(Seen(place, error, error.__traceback__, sure=True))

    def look(self) -> None:
        """It hears by itself."""

    def end(self) -> None:
        """Hear of tasks that are kept, or that nobody can reach any more."""
        self._hear_no_more()
        gc.collect()
        self._aside.look()

    def seen(self) -> list[dict[str, Any]]:
        """As JSON has it: each place and kind of failure, and how often."""
        found: dict[Any, dict[str, Any]] = {}
        for one in [*self._aside.heard(), *self._dropped]:
            if one.sure or users_code_in(one.traceback):
                told = failure(one)
                key = one.place, told["file"], told["line"], type(one.error)
                found.setdefault(key, told)["count"] += 1
        return list(found.values())


def failure(one: Seen) -> dict[str, Any]:
    """A failure: what it says, and the last line of the user's that took part."""
    steps = [(frame.f_code, line) for frame, line in frames_of(one.traceback) if is_theirs(frame.f_code.co_filename)]
    code, line = steps[-1] if steps else (None, None)
    return {
        "place": one.place, "error": failures.told(one.error).reason, "count": 0,
        "file": code and code.co_filename, "line": line, "function": code and code.co_name,
        "source": line_of(code.co_filename, line) if code and line else "",
    }  # fmt: skip
