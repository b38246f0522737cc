"""Every command with each standard stream closed, full or read by nobody: its status says what it came to, no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.cli.group import BUILT_IN
from harness.document.make import document
from harness.record import store
from harness.record.sample import Record
from tests import records
from tests.builders import LOOK

STREAMS, FAULTS = ("stdin", "stdout", "stderr"), ("closed", "full", "broken")
TINY = ("-q", "--wait", "-W", "noop", "--tasks", "2", *LOOK)
STORED = {
    "show": ("show",),
    "list": ("list", "runs"),
    "compare": ("compare", "r1", "r1"),
    "history": ("history",),
    "export": ("export", "--to", "csv"),
    "report": ("report", "-o", "-"),
}
"""Commands that read what is stored."""


@contextmanager
def broken(stream: str, fault: str) -> Iterator[dict[str, int]]:
    """The stream as a descriptor: a full device, or a pipe whose other end is closed."""
    if fault == "closed":
        yield {}
        return
    if fault == "full":
        ours = os.open("/dev/full", os.O_RDWR)
    else:
        reads, writes = os.pipe()
        ours, other = (reads, writes) if stream == "stdin" else (writes, reads)
        os.close(other)
    try:
        yield {stream: ours}
    finally:
        os.close(ours)


def status(folder: Path, stream: str, fault: str, *arguments: str) -> tuple[int, bytes, bytes]:
    """How the program ends where a stream has a fault, and what it says on the others."""
    shut = f"{STREAMS.index(stream)}>&-" if fault == "closed" else ""
    command = ["sh", "-c", f'exec "$@" {shut}', "sh", sys.executable, "-m", "harness", *arguments]
    streams: dict[str, int] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with broken(stream, fault) as theirs:
        done = subprocess.run(command, cwd=folder, timeout=120, **streams | theirs)
    return done.returncode, done.stdout or b"", done.stderr or b""


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder in which something is stored."""
    keep(tmp_path, records.client())
    return tmp_path


def keep(folder: Path, record: Record) -> None:
    store.keep(folder / "results", record)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", BUILT_IN)
def test_no_command_takes_a_stream_for_a_decision(tmp_path: Path, name: str, fault: str) -> None:
    for stream in STREAMS:
        helped, _, said = status(tmp_path, stream, fault, name, "--help")
        assert helped == (3 if (stream, fault) == ("stdout", "full") else 0), said
        assert status(tmp_path, stream, fault, name, "--no-such-option")[0] == 2


@pytest.mark.parametrize("name", STORED)
def test_what_is_stored_is_read_whatever_the_streams(results: Path, name: str) -> None:
    usual = {"history": 4}.get(name, 0)
    for stream in STREAMS:
        for fault in FAULTS:
            found, _, said = status(results, stream, fault, *STORED[name])
            full = (stream, fault) == ("stdout", "full") and not usual
            assert found == (3 if full else usual), (stream, fault, said)
            assert b"Traceback" not in said
            if full:
                assert said == (
                    b"harness: standard output took not all of it: No space left on device; what was stored is intact\n"
                )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("stream", STREAMS)
def test_what_is_measured_is_stored_whatever_the_streams(tmp_path: Path, stream: str, fault: str) -> None:
    found, _, said = status(tmp_path, stream, fault, "run", "-s", "threads", *TINY)
    assert found == (3 if (stream, fault) == ("stdout", "full") else 0), said
    (path,) = store.runs(tmp_path / "results")
    assert document(store.read(path)).status == "complete"


@pytest.mark.slow
@pytest.mark.parametrize("slower", [False, True])
def test_a_gate_keeps_its_decision(tmp_path: Path, slower: bool) -> None:
    (tmp_path / "jobs.py").write_text("import time\n\ndef task(index):\n    time.sleep(0.001)\n")
    (tmp_path / "now").mkdir()
    seconds = "0.02" if slower else "0.001"
    (tmp_path / "now" / "jobs.py").write_text(f"import time\n\ndef task(index):\n    time.sleep({seconds})\n")
    sizes = ("--tasks", "2", "--blocks", "10", "-r", "1", "--limit", "0.9")
    asked = ("gate", "--base", "path:.", "--candidate", "path:now", "-s", "threads", "-W", "./jobs.py:task", *sizes)
    decided = 1 if slower else 0
    for stream, fault in (("stdout", "broken"), ("stdout", "full"), ("stderr", "full")):
        found, _, said = status(tmp_path, stream, fault, *asked, "-q", "--wait", "--json", "gate.json")
        full = (stream, fault) == ("stdout", "full")
        assert found == (3 if full and not slower else decided), said
        assert json.loads((tmp_path / "gate.json").read_text())["outcome"] == ("regression" if slower else "pass")


PLACES = ("no/x", ".", "/proc/x", "x" * 300)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("option", ["--json", "--report"])
def test_where_a_document_goes_is_looked_at_before_anything_is_measured(
    tmp_path: Path, option: str, place: str
) -> None:
    for command in (("run", "-s", "threads", *TINY), ("gate", "--base", "path:.", "-s", "threads")):
        found, printed, said = status(tmp_path, "stdin", "closed", *command, option, place)
        assert (found, printed, said.count(b"\n")) == (2, b"", 1)
        assert f"{option} {place}: ".encode() in said
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command", [("run",), ("gate", "--base", "path:."), ("calibrate",)])
def test_where_records_go_as_well(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    for place in ("file", "file/x", "/proc/x"):
        found, printed, said = status(tmp_path, "stdin", "closed", *command, "--results", place, "-s", "threads")
        assert (found, printed, said.count(b"\n")) == (5, b"", 1)
        assert f"harness: results cannot be stored in {place}: ".encode() in said


def test_a_document_is_replaced_and_what_cannot_be_written_leaves_the_one_before(results: Path) -> None:
    old, link = results / "run.json", results / "link.json"
    old.write_text("before")
    old.chmod(0o640)
    link.symlink_to(old)
    assert status(results, "stdin", "closed", "show", "--json", "link.json")[0] == 0
    assert link.is_symlink()
    assert (json.loads(old.read_text())["run"], old.stat().st_mode & 0o777) == ("r1", 0o640)
    assert status(results, "stdin", "closed", "show", "--json", "new.json")[0] == 0
    assert (results / "new.json").stat().st_mode & 0o777 == 0o600
    found, printed, said = status(results, "stdin", "closed", "show", "--json", "/dev/full")
    assert (found, said.count(b"\n")) == (3, 1)
    assert printed.startswith(b"sleep")
    assert b"/dev/full was not written: No space left on device" in said
    assert {path.name for path in results.iterdir()} == {"results", "run.json", "link.json", "new.json"}
