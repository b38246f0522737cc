"""What the parent makes of a child's answers, with the test at the child's end of the pipes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from harness.process.channel import Channel, Ended, Failure
from harness.worker import frames
from harness.worker.messages import Done, Failed, Ready, RunRound, Serve, Stopped, packed, unpacked


class End:
    """The child's end: it reads commands, answers, prints, and ends."""

    def __init__(self, channel: Channel) -> None:
        self.commands, self.answers, self.output = channel.theirs
        self.alive, self.ended = os.pipe()
        self.channel, self.number = channel, 0
        self.open = {*channel.theirs, self.alive, self.ended}

    def says(self, *said: Any) -> None:
        """Answer a message each, which nobody reads."""
        for one in said:
            self.channel.tell(RunRound("timed"))
            self.number += 1
            self.sends(packed(one), self.number)

    def sends(self, fields: dict[str, Any], number: int, pid: int = 7) -> None:
        frames.send(self.answers, fields | {"number": number, "pid": pid})

    def ends(self) -> None:
        self.closes(self.ended)

    def closes(self, *descriptors: int) -> None:
        for descriptor in descriptors:
            self.open.remove(descriptor)
            os.close(descriptor)


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel()
    yield made
    made.close()


@pytest.fixture
def end(channel: Channel) -> Iterator[End]:
    made = End(channel)
    yield made
    made.closes(*made.open)


def test_an_answer_comes_as_what_it_is(channel: Channel, end: End) -> None:
    end.says(Ready({"python": "3.13"}), Done())
    assert channel.wait(Ready, 1, end.alive).facts == {"python": "3.13"}
    assert channel.has_said(0, end.alive)
    assert isinstance(channel.wait(Done, 1, end.alive), Done)
    assert not channel.has_said(0, end.alive)


def test_answers_that_came_together_are_taken_without_waiting(channel: Channel, end: End) -> None:
    end.says(Done(), Done(), Done())
    assert all(isinstance(channel.wait(Done, 0.0, end.alive), Done) for _ in range(3))


def test_what_is_told_arrives(channel: Channel, end: End) -> None:
    channel.tell(RunRound("timed"))
    received = frames.receive(end.commands, frames.Frames())
    assert received
    assert received.pop("number") == 1
    assert unpacked(received).kind == "timed"


def test_a_failure_is_raised_with_its_status(channel: Channel, end: End) -> None:
    end.says(Failed("unsupported", "it does not serve", "Traceback ...", printed=True))
    with pytest.raises(Failure, match="it does not serve") as raised:
        channel.wait(Ready, 1, end.alive)
    assert raised.value.status == "unsupported"
    assert (raised.value.traceback, raised.value.printed) == ("Traceback ...", True)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (packed(Done()), "Done in place of Ready"),
        ({"message": "Ready", "facts": 5}, "Expected `object`, got `int` - at `\\$.facts`"),
        ({"message": "Ready"}, "missing required field `facts`"),
        ({"message": "Failed", "status": "fine", "reason": ""}, "Invalid enum value"),
        ({}, "None in place of Ready"),
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failure(channel: Channel, end: End, said: Any, text: str) -> None:
    channel.tell(RunRound("timed"))
    end.sends(said, 1)
    with pytest.raises(Failure, match=f"its answer was unusable: .*{text}"):
        channel.wait(Ready, 1, end.alive)


def refused(channel: Channel, end: End, kind: type[Any] = Done) -> str:
    with pytest.raises(Failure) as raised:
        channel.wait(kind, 1, end.alive)
    assert raised.value.status == "invalid"
    return str(raised.value)


def test_an_answer_of_another_process_is_not_taken(channel: Channel, end: End) -> None:
    channel.pid = 7
    channel.tell(RunRound("timed"))
    end.sends(packed(Done()), 1, pid=8)
    assert refused(channel, end) == "a copy of the worker ran on, and answered"


def test_who_answered_first_has_to_answer_again(channel: Channel, end: End) -> None:
    end.says(Done())
    channel.wait(Done, 1, end.alive)
    channel.tell(RunRound("timed"))
    end.sends(packed(Failed("invalid", "a copy, forked at jobs.py:9")), 2, pid=8)
    assert refused(channel, end) == "a copy, forked at jobs.py:9"


@pytest.mark.parametrize("number", [0, 1, 3, None])
def test_an_answer_to_what_was_not_asked_is_not_taken(channel: Channel, end: End, number: Any) -> None:
    end.says(Done())
    channel.wait(Done, 1, end.alive)
    channel.tell(RunRound("timed"))
    end.sends(packed(Done()), number)
    assert refused(channel, end) == f"it answered message {number}, where 2 was to be answered"


def test_a_server_answers_twice_and_no_more(channel: Channel, end: End) -> None:
    channel.tell(Serve("a:B", "c:D", {}, 1, 1))
    for said in (Ready({}), Stopped()):
        end.sends(packed(said), 1)
    assert channel.wait(Ready, 1, end.alive).facts == {}
    assert isinstance(channel.wait(Stopped, 1, end.alive), Stopped)
    channel.tell(RunRound("timed"))
    end.sends(packed(Done()), 2)
    channel.wait(Done, 1, end.alive)
    end.sends(packed(Done()), 1)
    assert "message 1" in refused(channel, end)


def test_bytes_that_are_no_frame_are_a_failure(channel: Channel, end: End) -> None:
    os.write(end.answers, b"\xff" * 100)
    with pytest.raises(Failure, match="unusable: a message of"):
        channel.wait(Ready, 1, end.alive)


def test_silence_ends_with_the_time(channel: Channel, end: End) -> None:
    with pytest.raises(TimeoutError):
        channel.wait(Ready, 0.01, end.alive)


def test_an_end_without_an_answer_is_told_apart_from_silence(channel: Channel, end: End) -> None:
    os.write(end.output, b"Traceback\nBoom: no\n")
    end.ends()
    with pytest.raises(Ended):
        channel.wait(Ready, 5, end.alive)
    assert channel.printed() == "Traceback\nBoom: no\n"


def test_an_answer_that_came_before_the_end_counts(channel: Channel, end: End) -> None:
    end.says(Done())
    end.ends()
    assert isinstance(channel.wait(Done, 1, end.alive), Done)


def test_prints_never_block_a_child_and_the_last_of_them_stays(channel: Channel, end: End) -> None:
    os.set_blocking(end.output, False)
    for _ in range(20):
        os.write(end.output, b"x" * 65536)
        with pytest.raises(TimeoutError):
            channel.wait(Ready, 0.0, end.alive)
    os.write(end.output, b"the last")
    assert channel.printed().endswith("x" * 100 + "the last")
    assert len(channel.printed()) <= 65536
    channel.forget_prints()
    assert channel.printed() == ""


def test_telling_a_child_that_is_gone_is_no_error(channel: Channel, end: End) -> None:
    end.closes(end.commands)
    channel.tell(RunRound("timed"))
