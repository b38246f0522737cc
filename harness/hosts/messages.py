"""What a client and an agent say to each other, a frame each (`harness.worker.frames`). Seconds, as in a record."""

from __future__ import annotations

from typing import Any

import msgspec

from harness.measure.across import Piece
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


class Busy(msgspec.Struct, frozen=True, tag="busy"):
    """Another run is measuring on this host: who."""

    reason: str


class Unable(msgspec.Struct, frozen=True, tag="unable"):
    """The host cannot measure the block: why."""

    reason: str


Asked = Greet | Measure
Answered = Greeting | Measured | Busy | Unable


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
