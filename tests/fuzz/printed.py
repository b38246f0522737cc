"""What commands print of records, files and variants whose names nobody would choose."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import msgspec
from click.shell_completion import ShellComplete

from harness.cli import VARIABLE, commands
from harness.cli.complete import PLAIN
from harness.cli.terminal import Left
from harness.record import store
from harness.record.sample import Commit, Record
from tests import pages, records
from tests.fuzz.names import RAW, Elements, name, named

DRAWN = (("report", "-o", "-"), ("export", "--to", "svg", "--chart", "ranking"))
COMMANDS = (
    ("show",), ("show", "-v"), ("show", "--pairs"), ("show", "--format", "github"), ("show", "--json", "-"),
    ("compare", "latest", "latest"), ("compare", "latest", "latest", "--format", "github"), ("history", "-v"),
    ("list", "runs"), ("list", "runs", "--format", "github"), ("list", "runs", "--format", "unsafehtml"),
    ("list", "runs", "--json", "-"), ("list", "variants"), ("list", "variants", "--format", "tsv"),
    *(("export", "--to", form) for form in ("csv", "markdown", "bencher", "pyperf", "github-action-benchmark")),
    ("export", "--to", "vega", "--chart", "ranking"), ("report",), *DRAWN,
)  # fmt: skip
SOME = 7
MOVES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What no markup has in it."""
BEGUN = ("", "::error::", "=1", "@you", "|")
WORDS = (("show", ""), ("show", "latest", "--reference", ""), ("export", "latest", "--chart", ""))


def a_folder(drawn: random.Random, file: Path) -> None:
    """Run some commands in a folder of such names, and complete lines. Raises AssertionError where a name got
    through."""
    with _folder(drawn, file.with_name("printed")):
        for words in drawn.sample(COMMANDS, SOME):
            _check(words, _printed(*words))
        for *before, last in WORDS:
            offered = ShellComplete(commands, {}, "harness", VARIABLE).get_completions(before, last)
            assert all(one.isalnum() or one in PLAIN for item in offered for one in item.value), offered


def _check(words: Sequence[str], printed: str) -> None:
    assert not re.search(r"^\s*::|##\[", printed, re.MULTILINE), (words, printed)
    if words in DRAWN:
        assert not MOVES.search(printed), (words, MOVES.search(printed), printed)
        assert not Elements(printed).found & {"script", "img", "onerror", "iframe", "object"}, printed
    else:
        shown = printed.replace("@\u200b", "@").replace("\t", " ")
        assert not RAW.search(shown), (words, RAW.search(shown), shown)
    if "unsafehtml" in words:
        assert Elements(printed).found <= {"table", "thead", "tbody", "tr", "th", "td", "style"}, printed
    if "tsv" in words:
        assert not re.search("[\t\n][=+@\uff1d]", printed), printed


@contextlib.contextmanager
def _folder(drawn: random.Random, folder: Path) -> Iterator[None]:
    """A folder with a record, files that are none, and a variant that is kept; we are in it."""
    shutil.rmtree(folder, ignore_errors=True)
    results, kept = folder / "results", folder / "cache" / "trees"
    for place in (results / "baselines", kept / "x"):
        place.mkdir(parents=True)
    store.keep(results, _record(drawn))
    for place in (results, results / "baselines"):
        (place / f"{_file_name(drawn)}.jsonl").write_text("no record")
    (kept / "x.json").write_text(json.dumps({"for": _name(drawn)}))
    here = os.getcwd()
    with mock.patch.dict(os.environ, {"HARNESS_CACHE": str(folder / "cache")}):
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def _record(drawn: random.Random) -> Record:
    """One that has a history, or a sweep."""
    made = drawn.choice([records.client, records.every_status, records.gated, pages.crossing])()
    plan = made.header.plan
    if not plan.axes:
        made = named(drawn, made, _name)
        commit = Commit("a" * 40, datetime(2026, 1, 1, tzinfo=UTC), _name(drawn))
        return msgspec.structs.replace(made, header=msgspec.structs.replace(made.header, commit=commit))
    workload = _name(drawn)  # all groups are of one, by the names of options
    groups = [msgspec.structs.replace(one, workload=workload) for one in plan.groups]
    plan = msgspec.structs.replace(plan, groups=groups)
    return msgspec.structs.replace(made, header=msgspec.structs.replace(made.header, plan=plan))


def _name(drawn: random.Random) -> str:
    """One that tries all at once."""
    return f"{drawn.choice(BEGUN)}\x1b]0;x\x07\u202e\n::error::x##[error]<img src=x>{name(drawn)}"


def _file_name(drawn: random.Random) -> str:
    """A name that a file can have."""
    return os.fsdecode(
        _name(drawn).translate({ord("/"): "_", 0: "_", 0xD800: "_"}).encode(errors="surrogateescape")[:90]
    )


def _printed(*words: str) -> str:
    """What a command prints, colours and all."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(Left):
        commands.main(list(words), prog_name="harness", standalone_mode=False, color=True)
    return out.getvalue()
