"""Writing records: what the disk does not take is told, and nothing half done is left."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest

from harness.errors import HarnessError, StoreError
from harness.record import store, writer
from harness.record.lines import encode
from harness.record.sample import Host, Line, Site
from tests.builders import ROOT, header, sample


def begun(folder: Path, run: str = "r1") -> Path:
    """A record that nothing was measured for."""
    writer = store.Writer(folder, header(run))
    writer.close()
    return writer.path


def test_nobody_else_reads_a_record(tmp_path: Path) -> None:
    assert stat.S_IMODE(begun(tmp_path).stat().st_mode) == 0o600


def test_a_run_never_overwrites_another(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(StoreError, match="File exists"):
        store.Writer(tmp_path, header())


def test_nor_does_it_write_through_a_link_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "r1.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="File exists"):
        store.Writer(tmp_path, header())
    assert not (tmp_path / "elsewhere").exists()


def test_folders_that_are_not_there_are_made(tmp_path: Path) -> None:
    path = begun(tmp_path / "some" / "where")
    assert store.read(path).header == header()


@contextlib.contextmanager
def small_disk(size: int) -> Iterator[None]:
    """Have no file grow beyond some bytes meanwhile, as if the disk were full."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_is_one_line_and_keeps_what_was_stored(tmp_path: Path) -> None:
    record = store.Writer(tmp_path, header())
    with small_disk(record.path.stat().st_size + 10), pytest.raises(StoreError, match="intact"):
        record.append(sample(0, 0, 1.0))
    record.close()
    assert store.read(record.path).header == header()


@pytest.mark.parametrize("size", [0, 10])
def test_a_record_that_could_not_be_begun_is_not_left_behind(tmp_path: Path, size: int) -> None:
    whole = begun(tmp_path)
    descriptors = len(os.listdir("/proc/self/fd"))
    said = f"results cannot be stored in {tmp_path}: .+; --results names another"
    with small_disk(size), pytest.raises(StoreError, match=said):
        store.Writer(tmp_path, header("r2"))
    assert list(tmp_path.iterdir()) == [whole]
    assert len(os.listdir("/proc/self/fd")) == descriptors


@pytest.mark.parametrize(
    ("call", "raised", "told"),
    [
        ("_locked", KeyboardInterrupt(), KeyboardInterrupt),
        ("_above_streams", OSError(errno.EMFILE, "Many"), StoreError),
    ],
)
def test_nor_is_one_whose_header_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, raised: BaseException, told: type[BaseException]
) -> None:
    descriptors = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(writer, call, mock.Mock(side_effect=raised))
    with pytest.raises(told):
        store.Writer(tmp_path, header())
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_a_record_that_has_no_descriptor_is_not_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = begun(tmp_path)
    descriptors = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(writer, "_above_streams", mock.Mock(side_effect=OSError(errno.EMFILE, "Too many open files")))
    with pytest.raises(StoreError, match="cannot be added to: Too many open files"):
        store.Resumed(path)
    assert len(os.listdir("/proc/self/fd")) == descriptors


@pytest.mark.parametrize("closed", [[0], [2], [0, 2], [0, 1, 2]])
def test_a_record_never_takes_the_place_of_a_stream_that_is_closed(tmp_path: Path, closed: list[int]) -> None:
    code = (
        f"import os; from pathlib import Path; from harness.record import store; from tests.builders import header\n"
        f"[os.close(one) for one in {closed}]; taken = store.Writer(Path({str(tmp_path)!r}), header())._descriptor\n"
        "os._exit(0 if taken > 2 else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_a_disk_that_fails_as_a_line_is_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = store.Writer(tmp_path, header())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", mock.Mock(side_effect=OSError(errno.EIO, "Input/output error")))
        with pytest.raises(StoreError, match="took no more: Input/output error; what it holds is intact"):
            record.append(sample(0, 0, 1.0))
    record.close()


def test_a_folder_that_could_not_hold_a_record_is_told_before_there_is_one(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    with pytest.raises(StoreError, match=f"results cannot be stored in {file}/results: Not a directory; --results"):
        store.check_folder(file / "results")
    assert list(tmp_path.iterdir()) == [file]


def test_a_disk_that_fails_as_a_record_is_closed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = store.Writer(tmp_path, header())
    with monkeypatch.context() as patched:
        patched.setattr(os, "close", mock.Mock(side_effect=OSError(errno.EIO, "Input/output error")))
        with pytest.raises(StoreError, match="was not closed: Input/output error; what it holds is intact"):
            record.close()
    record.close()


def test_a_record_is_there_with_its_header_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    rename = os.rename
    monkeypatch.setattr(os, "rename", lambda *names: (seen.append(list(store.runs(tmp_path))), rename(*names)))
    path = store.Writer(tmp_path, header()).path
    assert seen == [[]]
    assert list(store.runs(tmp_path)) == [path]
    assert store.read_header(path) == header()


@pytest.mark.parametrize(
    ("tail", "kept"),
    [(b"", b""), (b'{"kind":"sam', b""), (encode(sample(0, 1, 1.0))[:-1], encode(sample(0, 1, 1.0))), (b"\xff", b"")],
    ids=["whole", "half a line", "a line without its break", "no text"],
)
def test_a_record_goes_on_after_its_last_whole_line(tmp_path: Path, tail: bytes, kept: bytes) -> None:
    record = store.Writer(tmp_path, header())
    record.append(sample(0, 0, 1.0))
    record.close()
    before = record.path.read_bytes()
    with record.path.open("ab") as file:
        file.write(tail)
    writer = store.Resumed(record.path)
    writer.append(sample(1, 0, 1.0))
    writer.close()
    assert record.path.read_bytes() == before + kept + encode(sample(1, 0, 1.0))
    assert store.read(record.path).damaged == 0


@pytest.mark.parametrize(("there", "kept"), [(0, 0), (1, 0), (2, 3)])
def test_a_block_that_was_written_at_once_is_there_as_a_whole(tmp_path: Path, there: int, kept: int) -> None:
    record = store.Writer(tmp_path, header())
    block = [Host(0, 0.02, 0.001, 0.1, 0.0, 0.0, 0.0, group=0, samples=2), sample(0, 0, 1.0), sample(0, 1, 1.0)]
    record.extend(block)
    before = record.path.read_bytes()
    record.extend(block[: 1 + there])
    record.close()
    store.Resumed(record.path).close()
    assert record.path.read_bytes() == before + b"".join(map(encode, block[:kept]))


def test_what_was_written_before_blocks_were_written_at_once_is_kept(tmp_path: Path) -> None:
    mark = encode(Host(0, 0.02, 0.001, 0.1, 0.0, 0.0, 0.0, group=0))
    (path := tmp_path / "r1.jsonl").write_bytes(mark + encode(sample(0, 0, 1.0)))
    store.Resumed(path).close()
    assert path.read_bytes() == mark + encode(sample(0, 0, 1.0))


@pytest.mark.parametrize("failure", [OSError(errno.EIO, "Input/output error"), None])
def test_of_what_the_disk_does_not_take_as_a_whole_nothing_stays(tmp_path: Path, failure: OSError | None) -> None:
    record = store.Writer(tmp_path, header())
    before, write = record.path.read_bytes(), os.write

    def some(descriptor: int, data: bytes) -> int:
        written = write(descriptor, data[: len(data) // 2])
        if failure:
            raise failure
        return written

    with mock.patch.object(os, "write", some), pytest.raises(StoreError):
        record.extend([sample(0, 0, 1.0), sample(0, 1, 1.0)])
    assert record.path.read_bytes() == before
    record.close()


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"timeout": 1e10}, "plan.timeout: expected `float` <= 1000000000.0: no record can hold that"),
        ({"reference": "nobody"}, "plan.reference: 'nobody' is none of the strategies: no record can hold that"),
    ],
)
def test_a_record_that_nobody_could_read_is_not_begun(tmp_path: Path, plan: dict[str, Any], said: str) -> None:
    made = header()
    with pytest.raises(HarnessError) as refused:
        store.Writer(
            tmp_path / "results", msgspec.structs.replace(made, plan=msgspec.structs.replace(made.plan, **plan))
        )
    assert (str(refused.value), refused.value.status) == (said, 2)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (msgspec.structs.replace(sample(0, 1, 1.0), left={"threads": -1}), "left: threads: expected `int` >= 0"),
        (sample(0, 1, 2e9), "warmups[0].wall_seconds: expected `float` <= 1000000000.0"),
        (
            msgspec.structs.replace(
                sample(0, 1, 1.0), facts=functools.reduce(lambda held, _: {"a": held}, range(100_000), {})
            ),
            "sample: what it holds is nested too deeply",
        ),
        (Site(0, "h", "i", {"cores": "many"}), "facts: cores: expected `int | null`, got `str`"),
    ],
)
def test_a_line_that_nobody_could_read_is_not_added(tmp_path: Path, line: Line, said: str) -> None:
    record = store.Writer(tmp_path, header())
    before = record.path.read_bytes()
    with pytest.raises(StoreError) as refused:
        record.extend([sample(0, 0, 1.0), line])
    record.close()
    assert str(refused.value) == f"{record.path} was not given what nobody could read again: {said}"
    assert record.path.read_bytes() == before


def test_a_record_that_somebody_adds_to_is_not_added_to(tmp_path: Path) -> None:
    record = store.Writer(tmp_path, header())
    with pytest.raises(StoreError, match="cannot be added to: another run is adding to it"):
        store.Resumed(record.path)
    record.close()
    with pytest.raises(StoreError, match="cannot be added to: No such file"):
        store.Resumed(tmp_path / "none.jsonl")


def test_where_files_cannot_be_locked_a_record_is_written_and_gone_on_with(tmp_path: Path) -> None:
    with mock.patch("fcntl.flock", side_effect=OSError(errno.ENOLCK, "No locks available")):
        path = begun(tmp_path)
        record = store.Resumed(path)
        record.append(sample(0, 0, 1.0))
        record.close()
    assert store.read(path).samples == [sample(0, 0, 1.0)]


def test_what_a_run_that_was_killed_had_begun_is_removed_by_the_next(tmp_path: Path) -> None:
    old, new, theirs = tmp_path / ".r0.begun", tmp_path / ".r1.begun", tmp_path / ".harness-y"
    for path in (old, new, theirs):
        path.write_bytes(b"")
    tried = tmp_path / ".harness-x"
    tried.mkdir()
    for path in (old, theirs, tried):
        os.utime(path, (0, 0))
    store.check_folder(tmp_path / "results")
    assert not tried.exists()
    store.Writer(tmp_path, header("r2")).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".harness-y", ".r1.begun", "r2.jsonl"]


def test_so_is_a_document_that_was_begun_among_records(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from harness.cli import destination\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"destination.put(Path({str(tmp_path / 'run.json')!r}), b'{{}}')"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    store.Writer(tmp_path, header("r1")).close()
    assert left.exists()  # somebody may be about to finish it
    os.utime(left, (0, 0))
    store.Writer(tmp_path, header("r2")).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r1.jsonl", "r2.jsonl"]


def test_an_error_of_the_disk_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, tries = store.Writer(tmp_path, header()), []

    def broken(descriptor: int) -> None:
        tries.append(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    begun.append(sample(0, 0, 1.0))
    monkeypatch.setattr(os, "fdatasync", broken)
    with pytest.raises(StoreError, match="took no more: Input/output error; what it holds is intact"):
        begun.append(sample(1, 0, 1.0))
    begun.close()
    assert len(tries) == 1
    assert store.read(begun.path).samples[0] == sample(0, 0, 1.0)


@pytest.mark.parametrize("how", ["removed", "moved", "replaced"])
def test_a_record_that_is_no_longer_there_is_said_at_the_next_line(tmp_path: Path, how: str) -> None:
    begun = store.Writer(tmp_path / "results", header())
    begun.append(sample(0, 0, 1.0))
    if how == "moved":
        (tmp_path / "results").rename(tmp_path / "elsewhere")
    else:
        begun.path.unlink()
    if how == "replaced":
        begun.path.write_text("")
    with pytest.raises(StoreError, match=r"r1\.jsonl is no longer there: something moved or removed it while it was"):
        begun.append(sample(1, 0, 1.0))
    begun.close()


WRITES = """
import sys
from pathlib import Path
from harness.record import store
from tests.builders import header, sample
begun = store.Writer(Path(sys.argv[1]), header(sys.argv[2]))
for block in range(100):
    begun.append(sample(0, block, float(sys.argv[2].removeprefix("r"))))
begun.close()
"""


def test_several_runs_write_into_one_folder_and_whoever_reads_meanwhile_reads_whole_lines(tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITES, tmp_path, f"r{number}"]) for number in range(1, 5)]
    reads = 0
    while any(writer.poll() is None for writer in writers):
        for path in store.runs(tmp_path):
            assert store.read(path).damaged <= 1  # half of its last line
            reads += 1
    assert {writer.returncode for writer in writers} == {0}
    for number, path in enumerate(store.runs(tmp_path), start=1):
        record = store.read(path)
        assert (len(record.samples), record.damaged) == (100, 0)
        assert {one.rounds[0].wall_seconds for one in record.samples} == {float(number)}
    assert reads
