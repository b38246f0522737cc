"""What becomes of a round whose tasks fail, with a worker that is told what to answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from harness.measure import tasks
from harness.measure.tasks import TaskDriver
from harness.process.channel import Failure
from harness.record.plan import PlannedStrategy
from harness.worker.messages import Prepare, RoundDone, RoundKind

RESET = "ConnectionResetError: reset at jobs.py:3"


class Script:
    """A worker whose answers are these, in turn."""

    def __init__(self, *answers: RoundDone | Failure) -> None:
        self.answers, self.asked = list(answers), list[RoundKind]()

    def round(self, kind: RoundKind, seconds: float, size: Sequence[int] | None = None) -> RoundDone:
        self.asked.append(kind)
        return self.round_ended(seconds)

    def round_ended(self, seconds: float) -> RoundDone:
        answer = self.answers.pop(0)
        if isinstance(answer, Failure):
            raise answer
        return answer


def done(**failed: int) -> RoundDone:
    return RoundDone(0.5, 0.1, 0.1, 1, 1, 1, 1, failed=failed)


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(*answers: RoundDone | Failure, allowed: int = 0) -> tuple[TaskDriver, Script]:
        script = Script(*answers)
        monkeypatch.setattr(tasks, "Worker", lambda strategy, memory_limit: script)
        asked = Prepare("a:B", "c:D", {}, 50, 50)
        return TaskDriver(PlannedStrategy("gevent", "a:B"), asked, None, 60.0, allowed), script

    return made


def failure(made: tuple[TaskDriver, Script]) -> Failure:
    with pytest.raises(Failure) as raised:
        made[0].round("timed", 0)
    return raised.value


def test_a_round_that_fails_is_run_once_more_and_its_failures_are_counted(driver: Any) -> None:
    made = driver(Failure("failed", RESET), done(**{RESET: 5}))
    assert str(failure(made)) == f"5 of 50 failed: {RESET}"
    assert made[1].asked == ["timed", "tallied"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e300, float("inf"), float("nan")])
def test_seconds_that_nothing_takes_are_no_number(driver: Any, seconds: float) -> None:
    said = RoundDone(seconds, 0.1, 0.1, 1, 1, 1, 1)
    unusable = r"its answer was unusable: Expected `float` .* at `\$\.wall_seconds`"
    assert re.match(unusable, str(failure(driver(said))))
    with pytest.raises(Failure, match=unusable):
        driver(said)[0].sized_ended(1.0)


def test_a_failure_that_does_not_come_again_is_told_as_it_was(driver: Any) -> None:
    assert str(failure(driver(Failure("failed", RESET), done()))) == f"{RESET} (run once more, none of 50 failed)"


@pytest.mark.parametrize("status", ["failed", "timeout", "invalid"])
def test_what_cannot_be_counted_is_told_as_it_was(driver: Any, status: Any) -> None:
    assert str(failure(driver(Failure("failed", RESET), Failure(status, "no answer")))) == RESET


@pytest.mark.parametrize("status", ["timeout", "invalid", "unsupported", "unavailable"])
def test_what_is_no_failure_of_a_task_is_not_counted(driver: Any, status: Any) -> None:
    made = driver(Failure(status, "so it is"))
    assert (failure(made).status, made[1].asked) == (status, ["timed"])


def test_failures_that_are_allowed_are_kept_with_the_round(driver: Any) -> None:
    made = driver(done(**{RESET: 2}), allowed=2)
    assert made[0].round("timed", 7).failed == {RESET: 2}
    assert made[1].asked == ["timed"]


def test_more_failures_than_allowed_fail_the_row_with_their_count(driver: Any) -> None:
    found = failure(driver(done(**{RESET: 3}), allowed=2))
    assert (found.status, str(found)) == ("failed", f"3 of 50 failed: {RESET}; allowed: 2")


def test_a_round_without_failures_says_so(driver: Any) -> None:
    assert driver(RoundDone(0.5, 0.1, 0.1, 1, 1, 1, 1))[0].round("timed", 0).failed == {}
