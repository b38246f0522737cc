"""The commands that pages show, with the files that they need: `python -m tests.commands docs/tutorial.md` runs those
of a page (the lines that begin with `$`) one after the other in a folder of its own, and writes what they print."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import click

from tests.builders import ROOT

PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])
PROGRAMS = r"(?:python -m harness|harness)"
LINE = re.compile(rf"^ *(?:- )?(\$ )?((?:\w+=\S+ )*{PROGRAMS} .*)$")
SPAN = re.compile(rf"`({PROGRAMS} [^`]+)`")
FILE = re.compile(r"^```python\n# ([\w.]+\.py)\n(.*?)^```", re.M | re.S)
EXAMPLE = re.compile(r"^    \$ ([^\n]+)\n((?:\n```text\n(?s:.*?)\n```\n)|(?:    (?!\$ )[^\n]*\n)*)", re.M)
PLACEHOLDERS = ("COMMAND", "NAME", "...")


def files(page: Path) -> dict[str, str]:
    """The Python files that a page shows, by their names: the first line of each is a comment that names it."""
    return {name: f"# {name}\n{source}" for name, source in FILE.findall(page.read_text())}


def lines(page: Path) -> list[str]:
    """The lines that begin with the program, as a shell would be given them."""
    text = page.read_text().replace("\\\n", "")
    return [found[2] for line in text.splitlines() if (found := LINE.match(line))]


def typed(page: Path) -> Iterator[list[str]]:
    """The arguments of each command that a page shows, in its lines and in its sentences."""
    for line in [*lines(page), *SPAN.findall(page.read_text())]:
        arguments = words(line)
        if arguments and arguments[0] not in PLACEHOLDERS:
            yield arguments


def words(line: str) -> list[str]:
    """The program's arguments: what is before a comment, another command, or the two spaces before a remark."""
    _, _, after = re.sub(r"\$\(.*?\)", "SAID", line).partition("harness ")
    lexer = shlex.shlex(re.split(r" {2,}|\t", after)[0], posix=True, punctuation_chars=";|&<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    found: list[str] = []
    for word in lexer:
        if set(word) <= set(";|&<>"):
            break
        found.append(word)
    return found


def environment() -> dict[str, str]:
    """The caller's, in which `python` and `harness` are those of these tests."""
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "80"}


class Shell:
    """A folder in which lines are typed; what they leave in the background goes on until the end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.groups = folder, list[int]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)

    def type(self, line: str, seconds: float | None = None) -> tuple[int, str]:
        """The exit status, and what was printed; what takes longer is interrupted, as by Ctrl-C."""
        output = self.folder / ".said"
        with output.open("wb") as to:
            one = subprocess.Popen(
                ["bash", "-c", line],
                cwd=self.folder,
                env=environment(),
                stdout=to,
                stderr=to,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what runs us may ignore it
            )
            self.groups.append(one.pid)
            try:
                status = one.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(one.pid, signal.SIGINT)
                status = one.wait(10)
        return status, output.read_text().strip("\n")


def anew(page: Path, shell: Shell) -> str:
    """The page with what its commands print now."""
    for name, source in files(page).items():
        (shell.folder / name).write_text(source)

    def ran(example: re.Match[str]) -> str:
        if "$RUN" in example[1]:  # a run of the reader's
            return example[0]
        _, shown = shell.type(example[1], 3 if " serve " in example[1] else None)
        if "```text" in example[2]:
            return f"    $ {example[1]}\n\n```text\n{shown}\n```\n"
        return f"    $ {example[1]}\n" + "".join(f"    {line}\n" for line in shown.splitlines())

    return EXAMPLE.sub(ran, page.read_text())


@click.command()
@click.argument("pages", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def main(pages: tuple[Path, ...]) -> None:
    """Run the commands of PAGES, and write what they print."""
    for page in pages:
        with tempfile.TemporaryDirectory() as folder, Shell(Path(folder)) as shell:
            page.write_text(anew(page, shell))


if __name__ == "__main__":
    main()
