"""What is read of the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.machine import host


@pytest.mark.parametrize(
    ("cpu_stat", "seconds"),
    [
        ("usage_usec 5\nnr_periods 10\nnr_throttled 2\nthrottled_usec 1500000\n", 1.5),
        ("nr_periods 10\nnr_throttled 2\nthrottled_time 2500000000\n", 2.5),
        ("", 0.0),
        ("nonsense\n", 0.0),
    ],
)
def test_throttling_is_read_from_either_version_of_cgroups(cpu_stat: str, seconds: float) -> None:
    assert host.throttled(cpu_stat) == seconds


@pytest.mark.parametrize("backport", [False, True])
def test_a_library_of_which_only_a_folder_is_left_has_no_version(
    backport: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backport:  # of whose finders the standard library asks first
        pytest.importorskip("importlib_metadata")
    for name, metadata in (("gevent-99", None), ("trio-98", "Metadata-Version: 2.1\nName: trio\nVersion: 98\n")):
        (folder := tmp_path / f"{name}.dist-info").mkdir()
        if metadata:
            (folder / "METADATA").write_text(metadata)
    ours = [folder for folder in sys.path if not folder.endswith("site-packages")]
    monkeypatch.setattr(sys, "path", [str(tmp_path), *ours])
    assert host.versions() == {"trio": "98"}


def test_what_the_kernel_says_need_not_be_text(tmp_path: Path) -> None:
    path = tmp_path / "mounts"
    path.write_bytes(b"/dev/sda /media/caf\xe9 ext4\n")
    assert os.fsencode(host.text(str(path))) == path.read_bytes()
    assert host.text(str(tmp_path / "none")) == ""


def test_a_mark_is_a_reading_of_this_machine() -> None:
    mark = host.Mark().take(3)
    assert mark.block == 3
    assert mark.loop_seconds > 0
    assert mark.sleep_seconds >= 0.001
    assert 0 <= mark.steal_share <= 1
    assert mark.suspended_seconds >= 0
