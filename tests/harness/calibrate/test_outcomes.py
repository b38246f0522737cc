"""What a machine can tell apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.calibrate import outcomes as calibrate
from harness.calibrate.outcomes import Outcome
from harness.report.calibrate import COLUMNS
from harness.report.columns import line
from tests.builders import Finished, plan


def test_false_alarms_go_either_way_and_finds_are_slower() -> None:
    outcomes = [Outcome(0.0, verdict, 5.0, 0.01) for verdict in ("same", "faster", "slower", "undecided")]
    outcomes += [Outcome(0.05, verdict, 7.0, 0.01) for verdict in ("slower", "slower", "faster", "same")]
    none, five = (line(COLUMNS, tally) for tally in calibrate.tallies(outcomes))
    assert none == ["none", "4", "1", "1", "1", "1", "50%", "15% - 85%", "5.0"]
    assert five == ["5%", "4", "2", "1", "1", "0", "50%", "15% - 85%", "7.0"]


def test_the_twin_is_the_same_strategy_slowed_down() -> None:
    twins = calibrate.against_itself(plan(), 0.05, 7)
    assert [(one.name, one.slowdown) for one in twins.strategies] == [("sequential", 0.0), ("sequential +5%", 0.05)]
    assert twins.reference == "sequential"


@pytest.mark.parametrize(("deviation", "text"), [(0.004, "--blocks "), (5.0, "beyond this machine")])
def test_settings_say_what_would_detect_it(deviation: float, text: str) -> None:
    said = calibrate.settings([Outcome(0.0, "same", 5.0, deviation)], plan(), 0.02)
    assert text in said


@pytest.mark.slow
def test_every_slowdown_is_compared_and_kept(harness: Callable[..., Finished], tmp_path: Path) -> None:
    asked = ("-s", "sequential", "-W", "sleep", "--tasks", "2", "--comparisons", "1", "--blocks", "6")
    done = harness("calibrate", *asked, "--detect", "0.1", "--format", "simple", HARNESS_CALIBRATE_WAIT="1")
    assert done.returncode == 0, done.stderr
    last = done.stdout.splitlines()[-4].split()
    assert last[:2] == ["10%", "1"]
    assert "to call a slowdown of 10.0%" in done.stdout
    assert len(list((tmp_path / "results" / "calibration").glob("*.jsonl"))) == 5


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (("-s", "all"), 2, "takes one strategy and one workload"),
        (("-P", "seconds=1,2"), 2, "takes one strategy and one workload"),
        (("--detect", "2"), 2, "--detect 2: a share between 0 and 1"),
        (("-s", "sequential", "-W", "json:nothing"), 2, "json has no nothing"),
        (("-s", "trio", "-W", "os:getenv"), 3, "trio: "),
        (("-s", "./lacks.py:Lacks"), 3, "unavailable: needs no_such_library (pip install no_such_library)"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    harness: Callable[..., Finished], tmp_path: Path, arguments: tuple[str, ...], status: int, text: str
) -> None:
    (tmp_path / "lacks.py").write_text("import no_such_library\n")
    done = harness("calibrate", *arguments, "--comparisons", "1", HARNESS_CALIBRATE_WAIT="1")
    assert (done.returncode, done.stderr.count("\n")) == (status, 1)
    assert text in done.stderr
