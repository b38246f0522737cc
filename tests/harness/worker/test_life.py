"""All rounds of a worker of an AsyncStrategy in one loop, and what a failure leaves of it."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.worker.life import Life
from harness.worker.messages import Answer, Asked, Done, Failed, Finish, Prepare, Ready, RoundDone, RunRound
from harness.worker.prepared import Prepared

NUMBERS = itertools.count()
Lives = Callable[..., list[Answer]]
ROUNDS = (RunRound("warmup"), RunRound("timed"), RunRound("observed"))


@pytest.fixture
def lives(tmp_path: Path) -> Lives:
    """What a worker under a strategy answers to messages about `task` of a file with this text."""

    def run(text: str, strategy: str, *messages: Asked) -> list[Answer]:
        file = tmp_path / f"lived_{next(NUMBERS)}.py"
        file.write_text(f"import asyncio, time\n{text}")
        asked = Prepare(f"harness.strategies.{strategy}", f"{file}:task", {}, tasks=5, concurrency=None)
        cell, answers, left = Prepared(asked), [], iter(messages)
        cell.strategy.enter(Life(cell, asked, lambda: next(left, None), answers.append, strategy).main)
        return answers

    return run


@pytest.mark.parametrize("strategy", ["asyncio:Asyncio", "uvloop:Uvloop"])
@pytest.mark.parametrize("kept", ["Semaphore(2)", "Lock()", "Condition()"])
def test_what_a_module_keeps_for_its_loop_works_in_every_round(lives: Lives, strategy: str, kept: str) -> None:
    text = f"kept = asyncio.{kept}\nasync def task(index):\n    async with kept: await asyncio.sleep(0.001)"
    answers = lives(text, strategy, *ROUNDS)
    assert [type(answer) for answer in answers] == [Ready, RoundDone, RoundDone, RoundDone]


def test_a_consumer_that_was_started_once_serves_every_round(lives: Lives) -> None:
    text = """
queue, consumer = asyncio.Queue(), None
async def consume():
    while True:
        (await queue.get()).set_result(1)
async def task(index):
    global consumer
    consumer = consumer or asyncio.create_task(consume())
    await queue.put(done := asyncio.get_running_loop().create_future())
    await done"""
    assert not any(isinstance(answer, Failed) for answer in lives(text, "asyncio:Asyncio", *ROUNDS))


def test_what_trio_keeps_works_in_every_round(lives: Lives) -> None:
    text = "import trio\nkept = trio.Lock()\nasync def task(index):\n    async with kept: await trio.sleep(0.001)"
    assert not any(isinstance(answer, Failed) for answer in lives(text, "trio:Trio", *ROUNDS))


@pytest.mark.parametrize("strategy", ["asyncio:Asyncio", "uvloop:Uvloop", "trio:Trio", "generator:Generator"])
def test_a_round_that_fails_does_not_end_the_loop(lives: Lives, strategy: str) -> None:
    text = """
failed = False
async def task(index):
    global failed
    if not failed:
        failed = True
        raise ValueError("once")"""
    answers = lives(text, strategy, *ROUNDS, Finish())
    assert [type(answer) for answer in answers] == [Ready, Failed, RoundDone, RoundDone, Done]
    assert isinstance(answers[1], Failed)
    assert answers[1].reason.startswith("ValueError: once at lived_")


@pytest.mark.parametrize("raised", ["SystemExit(3)", "KeyboardInterrupt()", "asyncio.CancelledError()"])
def test_what_is_no_exception_comes_out_of_the_loop(lives: Lives, raised: str) -> None:
    with pytest.raises(BaseException) as failure:  # noqa: PT011 - which one is the parameter
        lives(f"async def task(index):\n    raise {raised}", "asyncio:Asyncio", *ROUNDS)
    assert type(failure.value).__name__ == raised.partition("(")[0].removeprefix("asyncio.")
    del failure
    gc.collect()  # the task that is gone is told of now, and not while a test that follows listens


@pytest.mark.parametrize("kind", ["warmup", "timed", "observed", "counted"])
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("async def job(): pass\nasync def task(index): return job()", "invalid"),
        ("def task(index): yield", "invalid"),
        ("async def task(index): yield", "invalid"),
        ("async def task(index): asyncio.sleep(1)", "invalid"),
        ("calls = 0\ndef task(index):\n    asyncio.sleep(1)", "invalid"),
    ],
)
def test_work_not_done_is_found_in_the_first_round_of_any_kind(lives: Lives, kind: str, text: str, status: str) -> None:
    answers = lives(text, "asyncio:Asyncio", RunRound(kind))  # type: ignore[arg-type]
    assert isinstance(answers[1], Failed)
    assert answers[1].status == status
    assert "(task at lived_" in answers[1].reason


def test_work_not_done_is_found_in_later_rounds(lives: Lives) -> None:
    text = """
calls = 0
async def job(): pass
def task(index):
    global calls
    calls += 1
    return 1 if calls <= 5 else job()"""
    answers = lives(text, "asyncio:Asyncio", *ROUNDS)
    assert isinstance(answers[2], Failed)
    assert "which nobody awaited" in answers[2].reason


def test_what_can_be_awaited_is_waited_for(lives: Lives) -> None:
    text = "def task(index): return asyncio.sleep(0.02)"
    for answer in lives(text, "asyncio:Asyncio", *ROUNDS)[1:]:
        assert isinstance(answer, RoundDone)
        assert answer.wall_seconds >= 0.019


SHOP = """
from pathlib import Path
said = Path(__file__).with_suffix(".log")
class task:
    {head} open(self): self.lock = asyncio.Lock(); self.say("open")
    {head} before(self): self.say("before")
    {head} after(self): self.say("after")
    {head} close(self): self.say("close")
    def say(self, what):
        asyncio.get_running_loop()
        with said.open("a") as file: file.write(what + " ")
    async def async_task(self, index):
        async with self.lock: await asyncio.sleep(0)
        {body}
"""


@pytest.mark.parametrize("head", ["def", "async def"])
def test_a_class_is_opened_and_closed_once_within_the_loop(lives: Lives, tmp_path: Path, head: str) -> None:
    answers = lives(SHOP.format(head=head, body=""), "asyncio:Asyncio", *ROUNDS, Finish())
    assert [type(answer) for answer in answers] == [Ready, RoundDone, RoundDone, RoundDone, Done]
    (log,) = tmp_path.glob("*.log")
    assert log.read_text().split() == ["open", *["before", "after"] * 3, "close"]


def test_a_class_is_closed_after_a_failure_and_when_nobody_asks_for_more(lives: Lives, tmp_path: Path) -> None:
    lives(SHOP.format(head="def", body="raise ValueError"), "asyncio:Asyncio", RunRound("timed"))
    (log,) = tmp_path.glob("*.log")
    assert log.read_text().split() == ["open", "before", "after", "close"]
    log.unlink()
    lives(SHOP.format(head="async def", body=""), "asyncio:Asyncio")
    (log,) = tmp_path.glob("*.log")
    assert log.read_text().split() == ["open", "close"]


@pytest.mark.parametrize("step", ["open", "before", "after", "close"])
@pytest.mark.parametrize("head", ["def", "async def"])
def test_an_error_in_a_step_is_told_by_its_name(lives: Lives, step: str, head: str) -> None:
    text = f"class task:\n    {head} {step}(self): raise ValueError('no')\n    async def async_task(self, index): pass"
    answers = lives(text, "asyncio:Asyncio", RunRound("warmup"), Finish())
    (failed,) = (answer for answer in answers if isinstance(answer, Failed))
    assert failed.reason.startswith(f"{step}: ValueError: no at lived_")
