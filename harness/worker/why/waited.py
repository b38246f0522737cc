"""What a task waits at, known by the function that waits, or by what the waiting line names."""

from __future__ import annotations

import ast
import contextlib
import functools
import linecache
import os
import re
from collections.abc import Iterator
from types import FrameType, MemberDescriptorType
from typing import Any

from harness.worker.causes import is_theirs
from harness.worker.why.primitives import BY_FUNCTION, BY_TYPE, BY_WAITER, OTHER, Primitive

NAMES = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[[^][]{1,40}\])*")
PARTS = re.compile(r"(?:^|\.)(\w+)|\[([^]]+)\]")
"""Of such a name: a name, or what stands between brackets."""
MOST_TEXT = 120


def users_frame(frames: list[FrameType]) -> int | None:
    """Which of the frames is the nearest of the user's."""
    return next((at for at, frame in enumerate(frames) if is_theirs(frame.f_code.co_filename)), None)


def waited_at(frames: list[FrameType], at: int, waiter: Any) -> tuple[Primitive, int | None]:
    """What the user's frame waits at, and how many that lets through, where it can be asked."""
    for depth in range(at - 1, -1, -1):
        if known := BY_FUNCTION.get(qualified(frames[depth])):
            return known, limit_of(known, [frames[depth], *frames[depth + 1 : at][:1]])
    if at == 0 and waiter is not None:
        return BY_WAITER.get(type_name(waiter), OTHER), None
    if at == 0:
        for thing in named(frames[0], frames[0].f_lineno):
            if known := BY_TYPE.get(type_name(thing)):
                return known, number(known.limits, thing)
    return OTHER._replace(what=qualified(frames[at - 1]).replace(":", ".") if at else ""), None


def qualified(frame: FrameType) -> str:
    """The module and name of a frame's function."""
    return f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}"


def type_name(thing: Any) -> str:
    """The module and name of what a thing is."""
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def limit_of(known: Primitive, frames: list[FrameType]) -> int | None:
    """How many it lets through: asked of what the functions are methods of."""
    owners = [frame.f_locals.get("self") for frame in frames]
    return next((found for owner in owners if (found := number(known.limits, owner)) is not None), None)


def number(paths: tuple[str, ...], thing: Any) -> int | None:
    """The first of the attributes that is a number of things, and not 0 for `without a limit`."""
    for path in paths:
        value = functools.reduce(lambda found, name: getattr(found, name, None), path.split("."), thing)
        if type(value) in (int, float) and 0 < value < 1e9:
            return int(value)
    return None


def named(frame: FrameType, line: int) -> Iterator[Any]:
    """What a line of a frame's function names, as far as it can be looked up without running anything."""
    for found in NAMES.findall(line_of(frame.f_code.co_filename, line)):
        thing = None
        for number, (name, key) in enumerate(PARTS.findall(found)):
            if key:
                thing = item(thing, value_of(frame, key))
            else:
                thing = inner(thing, name) if number else variable(frame, name)
            yield thing


def partial_of(frame: FrameType, line: int) -> Any:
    """What a `functools.partial` calls that a line names; None where it names none."""
    return next((thing.func for thing in named(frame, line) if type(thing) is functools.partial), None)


def variable(frame: FrameType, name: str) -> Any:
    """What a name means where a frame is."""
    return frame.f_locals[name] if name in frame.f_locals else frame.f_globals.get(name)


def value_of(frame: FrameType, key: str) -> Any:
    """What stands between brackets: a name's value, or what is written there."""
    if key.isidentifier():
        return variable(frame, key)
    with contextlib.suppress(ValueError, SyntaxError, TypeError):
        return ast.literal_eval(key)
    return None


def item(thing: Any, key: Any) -> Any:
    """What a dictionary or list holds, where asking for it runs nothing of anybody's."""
    if type(key) in (str, bytes, int):
        with contextlib.suppress(KeyError, IndexError, TypeError):
            if issubclass(type(thing), dict):
                return dict.__getitem__(thing, key)
            if issubclass(type(thing), list):
                return list.__getitem__(thing, key)
    return None


def inner(thing: Any, name: str) -> Any:
    """An attribute that lies in the thing, in one of its slots, or in one of its classes."""
    is_class = issubclass(type(thing), type)  # of what says that it is of another class, nothing is asked
    own: list[Any] = [vars(kind) for kind in (thing if is_class else type(thing)).__mro__]
    if not is_class:
        with contextlib.suppress(AttributeError):
            own.insert(0, object.__getattribute__(thing, "__dict__"))
    found = next((names[name] for names in own if name in names), None)
    try:
        return found.__get__(thing) if type(found) is MemberDescriptorType else found
    except (AttributeError, TypeError):  # nothing is there yet, or it is the class that was asked
        return None


def line_of(file: str, line: int) -> str:
    """The text of a line, as long as a screen shows."""
    return linecache.getline(file, line).strip()[:MOST_TEXT] if os.path.isabs(file) else ""
