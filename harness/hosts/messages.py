"""What a client and an agent say to each other, a frame each (`harness.worker.frames`). Seconds, as in a record."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.measure.across import Piece
from harness.process.channel import Failure, PeerEnded
from harness.record.plan import Plan
from harness.record.ranges import Count, Seconds
from harness.record.sample import Host, Sample


class Greet(msgspec.Struct, frozen=True, tag="greet"):
    """Who are you? `folders`: where what was sent lies, by where it lay; `here`: where the client was started."""

    folders: dict[str, str]
    here: str


class Measure(msgspec.Struct, frozen=True, tag="measure"):
    """Measure a block. `paths`: where the client imports from; `at_seconds`: since the run began."""

    plan: Plan
    piece: Piece
    paths: list[str]
    at_seconds: Seconds


Verb = Literal[
    "hold", "release", "listen", "reach", "route", "serve", "prepared", "used", "descriptors", "last_words", "stop",
    "left_behind", "begin_load", "load", "end_load", "moment",
]  # fmt: skip


class Do(msgspec.Struct, frozen=True, tag="do"):
    """Do a part of a block: a method of `part.Part`."""

    verb: Verb
    words: dict[str, Any]


class Greeting(msgspec.Struct, frozen=True, tag="greeting"):
    """What machine this is; `identity` is the same for all that is one; `now`: what its clock says."""

    name: str
    identity: str
    facts: dict[str, Any]
    now: float
    busy: str | None = None
    """Who else measures there."""


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """A block: what the machine was like before it, its samples, and how many processes were left behind."""

    mark: Host
    samples: list[Sample]
    left_behind: Count
    beside: list[Host] = []
    """Of a block that several hosts share: what the others were like."""


class Told(msgspec.Struct, frozen=True, tag="told"):
    """What came of a part."""

    value: Any


class Broke(msgspec.Struct, frozen=True, tag="broke"):
    """A process of a part failed: a Failure, whose fields these are."""

    status: Literal["failed", "timeout", "invalid", "unsupported", "unavailable", "usage"]
    reason: str
    traceback: str | None = None
    printed: bool = False
    places: dict[str, int] = {}
    is_peer: bool = False

    @classmethod
    def of(cls, failure: Failure) -> Broke:
        """As it is said."""
        about = failure.status, str(failure), failure.traceback, failure.printed, dict(failure.places)
        return cls(*about, isinstance(failure, PeerEnded))

    def failure(self, host: str) -> Failure:
        """As it was raised; of what is at the other end, with the name of its host."""
        one = Failure(self.status, self.reason, self.traceback, self.printed, self.places)
        return PeerEnded(host, one) if self.is_peer else one


class Busy(msgspec.Struct, frozen=True, tag="busy"):
    """Another run is measuring on this host: who."""

    reason: str


class Unable(msgspec.Struct, frozen=True, tag="unable"):
    """The host cannot measure the block: why."""

    reason: str


Asked = Greet | Measure | Do
Answered = Greeting | Measured | Told | Broke | Busy | Unable


def packed(message: Asked | Answered) -> dict[str, Any]:
    """A message as a frame holds it."""
    fields: dict[str, Any] = msgspec.to_builtins(message)
    return fields


def asked_of(fields: dict[str, Any]) -> Asked:
    """What a frame asks. Raises msgspec.ValidationError."""
    asked: Asked = msgspec.convert(fields, Asked)
    return asked


def answer_of(fields: dict[str, Any]) -> Answered:
    """What a frame answers, every sample as a record has it. Raises msgspec.ValidationError."""
    answer: Answered = msgspec.convert(fields, Answered)
    return answer
