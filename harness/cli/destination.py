"""Where a command writes what it says besides the record: looked at before it measures, replaced as a whole."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from harness.cli.terminal import Left, coloured, columns, complain, echo
from harness.errors import INCOMPLETE, HarnessError
from harness.text import cleaned, without_password, without_secrets

Place = TypeVar("Place", str, Path)
DEVICES = ("/dev/", "/proc/")
"""Whose files are never replaced: /dev/stdout, and what a shell makes of `>(command)`."""


class UnwrittenError(HarnessError):
    """Raised where a document could not be written although that was to be expected; the record is stored by then."""

    status = INCOMPLETE


def writable(_: click.Context, option: click.Parameter, path: Place | None) -> Place | None:
    """A callback of options: a file that can be written. Raises HarnessError."""
    if path is not None and str(path) != "-":
        check(option.opts[-1], Path(path))
    return path


def check(option: str, path: Path) -> None:
    """Raise HarnessError where an option names what cannot be written."""
    if why := _fault(path):
        raise HarnessError(f"{option} {path}: {why}")


def _fault(path: Path) -> str | None:
    try:
        if path.is_dir():
            return f"it is a folder: name a file in it, such as {path / 'harness'}"
        if _in_place(path):
            return None if os.access(path, os.W_OK) else "it cannot be written to"
        folder = _target(path).parent
        if not folder.is_dir():
            return f"{folder} is no folder: make it first"
        return None if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written to: name another"
    except (OSError, ValueError) as error:
        return f"it is no name of a file: {getattr(error, 'strerror', None) or error}"


def say(said: dict[str, Any], json_path: str | None, shown: Callable[[], str]) -> None:
    """Print a document as people read it. As JSON it goes to the path that --json names, or (-) takes their place. No
    password is in either. Raises UnwrittenError."""
    text = json.dumps(without_secrets(cleaned(said)), indent=2, allow_nan=False) if json_path else ""
    echo(text.replace("##[", r"\u0023#[") if json_path == "-" else without_password(shown()))
    if json_path and json_path != "-":
        put(Path(json_path), f"{text}\n".encode())


def put(path: Path, data: bytes) -> None:
    """Write a file, all of it or nothing: what stood there is replaced, and stays where that fails. Only its owner can
    read a new one. A pipe or a device is written to. Raises UnwrittenError."""
    try:
        if _in_place(path):
            path.write_bytes(data)
        else:
            _replace(_target(path), data)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnwrittenError(f"{path} was not written: {why}; what stood there is as it was") from None


def _replace(path: Path, data: bytes) -> None:
    import tempfile

    from harness.record.writer import BEGUN

    # By its name the next run in a folder of results removes it, should we be killed here.
    descriptor, unfinished = tempfile.mkstemp(BEGUN, ".harness-", path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if path.exists():
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise


def _in_place(path: Path) -> bool:
    return str(path).startswith(DEVICES) or (path.exists() and not path.is_file())


def _target(path: Path) -> Path:
    """The file itself where a link leads to it: the link stays."""
    return path.resolve() if path.is_symlink() else path


@contextlib.contextmanager
def decided(status: int) -> Iterator[None]:
    """Write what a decision says. Where that fails the program ends with the decision's status, unless it is good."""
    try:
        yield
    except UnwrittenError as wrong:
        raise Left(complain(str(wrong), status or wrong.status)) from None


class Screen(Protocol):
    """What makes the text of a document for a terminal of so many columns."""

    def __call__(self, said: Any, width: int, colour: bool, /) -> str: ...


def show(said: Any, json_path: str | None, screen: Screen, color: str) -> None:
    """Print a document as `say` does, as a screen of this terminal's width and colours."""
    import msgspec

    say(msgspec.to_builtins(said), json_path, lambda: screen(said, columns(sys.stdout), coloured(color)))
