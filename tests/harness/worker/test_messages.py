"""Messages: what was packed is unpacked, on both sides."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from harness.worker.messages import (
    KINDS,
    Connect,
    DescribeWorkload,
    Done,
    Failed,
    Prepare,
    RoundDone,
    RunRound,
    Serve,
    packed,
    unpacked,
)

SAID = [
    DescribeWorkload("./jobs.py:task", [("seconds", "1,2")], 10, None, ["/home/me"]),
    Prepare("a:B", "c:D", {"seconds": 0.5}, 10, 5, ["127.0.0.1", 80], None, 0.05, {"root": "/a"}, [0], ["/home/me"]),
    Serve("a:B", "c:D", {}, 10, None, address=["::1", 0], shared=True),
    RunRound("counted", [10, 5]),
    RoundDone(0.5, 0.1, 0.1, 1, 2, 3, 4, {"notes": ["a"]}),
    Connect(["127.0.0.1", 80], 10, 0.5, 5.0),
    Failed("timeout", "it hung"),
    Done(),
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said).__name__)
def test_a_message_survives_json(said: Any) -> None:
    received = unpacked(json.loads(json.dumps(packed(said))))
    assert type(received) is type(said)
    assert json.dumps(vars(received)) == json.dumps(vars(said))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_no_field_has_a_name_that_the_channel_takes(kind: type[Any]) -> None:
    assert not {"message", "number", "pid"} & kind.__dataclass_fields__.keys()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_the_parent_can_check_the_types_of_each(kind: type[Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(dict.fromkeys(kind.__dataclass_fields__, object) or 0, kind)
