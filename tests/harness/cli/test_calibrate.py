"""`calibrate`, as JSON."""

from __future__ import annotations

import json

from harness.calibrate.outcomes import Outcome
from harness.cli.calibrate import document
from tests.builders import plan


def test_what_came_of_each_slowdown_and_of_each_comparison_is_json() -> None:
    outcomes = [
        Outcome(0.0, "same", 2.0, 0.01),
        Outcome(0.1, "slower", 4.0, 0.01),
        Outcome(0.1, "undecided", 2.0, 0.02),
    ]
    said = json.loads(json.dumps(document(plan(), outcomes), allow_nan=False))
    assert (said["schema"], said["strategy"], said["workload"], said["blocks"]) == (1, "sequential", "sleep", 2)
    assert [one["verdict"] for one in said["comparisons"]] == ["same", "slower", "undecided"]
    none, tenth = said["slowdowns"]
    assert (none["slowdown"], none["called"]) == (0.0, 0)
    assert (tenth["slowdown"], tenth["called"], tenth["said"], tenth["seconds"]) == (
        0.1,
        1,
        ["slower", "undecided"],
        3.0,
    )
