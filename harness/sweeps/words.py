"""Why a sweep has not measured a cell."""

from __future__ import annotations

import re

from harness.record.plan import FAILED
from harness.record.sample import Sample

ELSEWHERE = "not measured here: the point was added for others"
GAVE_OUT = "not tried: it gave out at "
BEHIND = "not tried: far behind, "
NOT_MEASURED = "not measured: "
NO_TIME = f"{NOT_MEASURED}no time was left, "

TAKES = re.compile(
    rf"({re.escape(BEHIND)}|{re.escape(NO_TIME)}--max-time \S+, )"
    r"a round would take about (?P<seconds>\d+(\.\d+)?(e[+-]\d\d)?) s"
)
"""The reasons of ours that say so; the end of any other may be a user's text."""


def gave_out(where: str, reason: str | None) -> str:
    """It came to its end before."""
    return f"{GAVE_OUT}{where}: {reason}"


def behind(seconds: float) -> str:
    """It would be slow, and none of the best."""
    return f"{BEHIND}{_takes(seconds)}"


def no_time(max_time: float, seconds: float | None) -> str:
    """The time was up; what a round would have taken, where that is known."""
    return f"{NO_TIME}--max-time {max_time:g}" + (f", {_takes(seconds)}" if seconds else "")


def _takes(seconds: float) -> str:
    return f"a round would take about {seconds:.2g} s"


def would_take(reason: str | None) -> float | None:
    """What a round would have taken, if a reason says so."""
    found = TAKES.fullmatch(reason or "")
    return float(found["seconds"]) if found else None


def not_measured(why: str) -> str:
    """The sweep was cut short."""
    return f"{NOT_MEASURED}{why}"


def lacks(sample: Sample) -> bool:
    """Whether a cell without numbers should have some: it failed, or the sweep did not come to it."""
    return sample.status in FAILED or (sample.reason or "").startswith(NOT_MEASURED)


def is_choice(reason: str) -> bool:
    """Whether a cell was left out, rather than failed."""
    return reason.startswith((ELSEWHERE, GAVE_OUT, BEHIND, NOT_MEASURED))
