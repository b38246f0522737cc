"""Files that others made: what is no regular file is told, and neither waited for nor kept open."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.record import regular


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"{path}")


def a_loop(path: Path) -> None:
    path.symlink_to(path)


def nothing(path: Path) -> None: ...


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (Path.mkdir, "is a folder, and no record of ours"),
        (os.mkfifo, "is no file, but a pipe or a device"),
        (a_socket, "is no file"),
        (a_loop, "cannot be read: Too many levels of symbolic links"),
        (nothing, "is no file"),
        (lambda path: path.write_bytes(b"x" * 11), "is larger than 10 bytes: no record of ours"),
    ],
)
def test_what_is_no_file_of_a_size_that_can_be_held_is_told(
    tmp_path: Path, make: Callable[[Path], object], said: str
) -> None:
    make(path := tmp_path / "x")
    before = os.listdir("/proc/self/fd")
    with pytest.raises(StoreError) as refused:
        regular.read(path, 10)
    assert str(refused.value) == f"{path} {said}"
    assert os.listdir("/proc/self/fd") == before


def test_a_name_that_no_file_can_have_is_told() -> None:
    with pytest.raises(StoreError, match="cannot be read: embedded null byte"):
        regular.read(Path("a\0b"), 10)


def test_a_file_is_read_whole_or_by_its_first_lines(tmp_path: Path) -> None:
    (path := tmp_path / "x").write_bytes(b"a\nb\nc\n")
    assert regular.read(path, 6) == b"a\nb\nc\n"
    assert regular.read(path, 6, lines=2) == b"a\nb\n"
