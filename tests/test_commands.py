"""The commands that pages show: all of them are ones that the program takes, and they do what is printed below them."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import click
import psutil
import pytest

from harness.cli import commands as program
from tests import commands
from tests.builders import ROOT
from tests.commands import Shell

TYPED = [(page.name, arguments) for page in commands.PAGES for arguments in commands.typed(page)]
FAILING = re.compile(r"^    \$ (.*(?:python -m harness|harness) .*)\n    (harness: .*)\n", re.M)
REFUSED = [(page.name, *found) for page in commands.PAGES for found in FAILING.findall(page.read_text())]
SHORTER = {
    "sweep": "--max-time 12",
    "run": "--blocks 1 --rounds 1 --max-time 20",
    "gate": "--max-time 20",
    "advise": "--max-time 45 -s threads,asyncio",
    "calibrate": "--comparisons 1 --blocks 6",
}
"""What cuts the sizes of a command; the last value of an option counts."""
NOT_HERE = {
    r"sweep -W \./jobs\.py": "sweeps a job that the page only describes",
    r"pip:|python:3|uv |uvx ": "needs a package index, or another Python",
    r"CI_|gate --merge|\$base": "is part of a script; tests/end_to_end/test_ci.py runs these",
    r"serve -s": "serves until it is stopped; tests/end_to_end/test_serve.py runs it",
    r"completion": "changes the shell; tests/harness/cli/test_complete.py runs it",
    r"--count instructions": "takes a counter of instructions; tests/harness/process runs it where there is one",
    r"127\.0\.0\.1:800\d": "needs the pages of the tutorial's servers, which `python -m tests.commands` starts",
    r"--on \w+://": "needs other hosts; tests/end_to_end/test_hosts.py makes them",
    r"--server-on": "needs other hosts; tests/end_to_end/test_apart.py makes them",
    r"compare A B|show NAME": "names stand for runs of the reader's own",
    r"--measured": "measures all strategies for a minute; tests/end_to_end/test_measured.py measures three",
    r"run (?!.*-W|.*-s)": "measures all strategies on three workloads: `make run`",
}
"""What is not run by the tests of these pages, and why."""
OF_A_SCRIPT = ("claims.md",)
"""Pages whose commands a script types, one of which tests/test_claims.py has it type."""


def known(line: str) -> str | None:
    """Why a line cannot be run here."""
    return next((reason for pattern, reason in NOT_HERE.items() if re.search(pattern, line)), None)


def shown() -> Iterator[tuple[str, str]]:
    """Each line with the last page that has it, but for those that are refused."""
    last = {line: page.name for page in commands.PAGES if page.name not in OF_A_SCRIPT for line in commands.lines(page)}
    for line, page in last.items():
        if not any(line == refused for _, refused, _ in REFUSED):
            yield page, line


RUN = [one for one in shown() if known(one[1]) is None and commands.words(one[1])[0] not in commands.PLACEHOLDERS]


def folder_of(page: str) -> Path:
    return ROOT / page if page.startswith("README") else ROOT / "docs" / page


def prepared(page: str, folder: Path) -> None:
    """A repository with the files that a page shows, and the names of revisions that pages use."""
    shown = commands.files(ROOT / "docs" / "function.md") | commands.files(folder_of(page))
    shown = {"shop.py": commands.files(ROOT / "README.md")["shop.py"], **shown}
    for name, source in shown.items():
        (folder / name).write_text(source)
    with (folder / "jobs.py").open("a") as file:
        file.write("\n\ndef task(index):\n    return index\n")
    for line in (
        "git init -q -b main .", "git add .", "git -c user.name=a -c user.email=a@b commit -qm first",
        "git update-ref refs/remotes/origin/main HEAD", "git tag v1.0", "mkdir -p results/baselines",
    ):  # fmt: skip
        subprocess.run(line.split(), cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("page", "arguments"), TYPED, ids=lambda one: one if isinstance(one, str) else " ".join(one))
def test_the_program_takes_every_command_of_the_pages(
    page: str, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results/baselines").mkdir(parents=True)
    if arguments[0].startswith("-"):  # of the program itself
        return
    command = program.get_command(click.Context(program), arguments[0])
    assert command is not None, f"{page}: no command {arguments[0]!r}"
    with contextlib.suppress(click.exceptions.Exit):  # --help was shown
        command.make_context(arguments[0], list(arguments[1:]))


def test_the_pages_show_commands() -> None:
    assert len(TYPED) > 60
    assert {arguments[0] for _, arguments in TYPED} >= set(program.list_commands(click.Context(program)))


@pytest.mark.parametrize(("page", "line", "said"), REFUSED, ids=lambda one: one[:40])
def test_what_is_refused_is_refused_in_the_words_of_the_page(page: str, line: str, said: str, tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        status, text = shell.type(f"ulimit -n 20000 2>/dev/null; {line}", 60)
    assert (status, text) == (2, said)


@pytest.mark.slow
@pytest.mark.together
@pytest.mark.parametrize(("page", "line"), RUN, ids=lambda one: one[:60])
def test_a_command_of_the_pages_runs(page: str, line: str, tmp_path: Path) -> None:
    prepared(page, tmp_path)
    with Shell(tmp_path) as shell:
        if commands.words(line)[0] in ("show", "export", "history", "report"):  # there are runs to show
            for name in re.findall(r"\bRUN\d?\b", line) or ["any"]:
                shell.type(f"harness run --name {name} -s asyncio,threads -W sleep --blocks 1 --rounds 1", 60)
        if "show report.html" in line:
            shell.type("harness report", 60)
        status, text = shell.type(shorter(line), 240)
    assert status in (0, 3), text  # 3: a strategy of a page fails on purpose, or a short gate cannot tell
    assert "Traceback" not in text


def shorter(line: str) -> str:
    """The same command with less to do."""
    typed = re.split(r" {2,}|\t| #", line.strip())[0]
    more = SHORTER.get(commands.words(line)[0], "")
    if "--find-capacity" in typed:
        more += " -P seconds=0.3"
    command, pipe, rest = typed.partition(" | ")
    return f"{command} {more}{pipe}{rest}"


@pytest.mark.parametrize("reason", NOT_HERE.values())
def test_each_reason_not_to_run_a_command_is_needed(reason: str) -> None:
    assert any(known(line) == reason for page in commands.PAGES for line in commands.lines(page)), reason
    for path in re.findall(r"tests/[\w/.]+", reason):
        assert (ROOT / path).exists()


def test_lines_are_read_as_a_shell_reads_them() -> None:
    assert commands.words("A=1 harness run -s 'a b'  # x") == ["run", "-s", "a b"]
    assert commands.words("python -m harness list runs --json -    {...}") == ["list", "runs", "--json", "-"]
    assert commands.words("harness show $(git x -y)/a | head") == ["show", "SAID/a"]


def test_a_page_is_given_what_its_commands_print_now(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```python\n# one.py\nprint('from the page')\n```\n\n    $ cat one.py | head -1\n    old\n\n"
        "    $ python one.py\n\n```text\nold\n```\n\n    $ jq . $RUN\n    kept\n"
    )
    (tmp_path / "typed").mkdir()
    with Shell(tmp_path / "typed") as shell:
        assert commands.anew(page, shell) == page.read_text().replace("    old", "    # one.py").replace(
            "text\nold", "text\nfrom the page"
        )


def test_what_does_not_end_is_interrupted_and_what_is_left_in_the_background_is_ended(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell:
        status, text = shell.type("echo begun; exec sleep 60", 0.5)
        assert (status, text) == (-signal.SIGINT, "begun")
        assert shell.type("sleep 61 & echo $!", 10)[0] == 0
        pid = int((tmp_path / ".said").read_text())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
