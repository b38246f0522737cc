"""Frames: whole messages come out however the bytes came in, and nothing else does."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.worker import frames as wire

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(), VALUES), max_size=3), st.integers(1, 50))
def test_messages_survive_any_cutting(messages: list[dict[str, object]], step: int) -> None:
    stream = b"".join(wire.encode(message) for message in messages)
    frames, out = wire.Frames(), []
    for at in range(0, len(stream), step):
        frames.feed(stream[at : at + step])
        while (message := frames.take()) is not None:
            out.append(message)
    assert out == messages


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_flipped_bit_is_never_taken_for_a_message(at: int, flip: int) -> None:
    frame = bytearray(wire.encode({"wall_seconds": 1.5, "text": "x" * 100}))
    frame[at % len(frame)] ^= flip
    frames = wire.Frames()
    frames.feed(bytes(frame))
    with contextlib.suppress(wire.ProtocolError):
        assert frames.take() is None  # the length grew: it waits for more


def test_a_message_that_claims_to_be_huge_is_refused_before_it_is_stored() -> None:
    frames = wire.Frames()
    frames.feed(struct.pack(">II", wire.LARGEST + 1, 0))
    with pytest.raises(wire.ProtocolError, match="the most is"):
        frames.take()


def test_a_message_that_is_nested_too_deeply_is_none() -> None:
    body = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    frames = wire.Frames()
    for taken, frame in (
        (wire.Frames.take, struct.pack(">II", len(body), zlib.crc32(body)) + body),
        (wire.Frames.take_line, body + b"\n"),
    ):
        frames.feed(frame)
        with pytest.raises(wire.ProtocolError, match="nested too deeply"):
            taken(frames)


def test_infinity_is_no_number() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        wire.encode({"wall_seconds": float("inf")})


def test_receive_says_none_when_the_other_side_is_gone() -> None:
    out, into = os.pipe()
    wire.send(into, {"do": "round"})
    os.close(into)
    frames = wire.Frames()
    assert wire.receive(out, frames) == {"do": "round"}
    assert wire.receive(out, frames) is None
    os.close(out)


def test_frames_say_whether_something_is_left() -> None:
    frames = wire.Frames()
    assert not frames
    frames.feed(wire.encode({"a": 1}) + wire.encode({"b": 2}))
    assert frames.take() == {"a": 1}
    assert frames
    assert frames.take() == {"b": 2}
    assert not frames
