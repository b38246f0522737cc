"""The commands: each imported when it is used, those of other packages found, and what is wrong said in one line."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from harness.cli.group import BUILT_IN
from harness.machine import lock
from tests.builders import Finished

HELP_SECONDS = 0.1


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_help_of_all_commands_is_the_first_sentence_of_each(name: str) -> None:
    command = import_module(f"harness.cli.{name}").command
    assert command.name == name
    assert f"{' '.join(command.help.split())} ".startswith(f"{BUILT_IN[name]} ")


def imported(*arguments: str) -> set[str]:
    """The modules that a command line imports."""
    code = (
        "import json, sys\nfrom harness.cli import commands\nsys.argv[:] = ['harness', *sys.argv[1:]]\n"
        "commands.main(prog_name='harness', standalone_mode=False)\nprint(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_a_command_imports_itself_and_no_other() -> None:
    modules = imported("list", "runs")
    commands = {name for name in BUILT_IN if f"harness.cli.{name}" in modules}
    assert commands == {"list"}
    assert not modules & {"numpy", "harness.measure", "harness.gate", "harness.report.screen"}


def test_help_imports_no_command_and_no_library_but_click() -> None:
    modules = imported("--help")
    assert not {name for name in BUILT_IN if f"harness.cli.{name}" in modules}
    assert not modules & {"msgspec", "numpy", "rich", "tabulate", "tomllib", "harness.record", "dataclasses"}


def test_help_takes_a_tenth_of_a_second_of_processor_time() -> None:
    took = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "harness", "--help"], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < HELP_SECONDS


def package(folder: Path, source: str, entry: str = "count = theirs:count") -> str:
    """A package of somebody else's with a command; the path that finds it."""
    about = folder / "theirs-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[harness.commands]\n{entry}\n")
    (folder / "theirs.py").write_text(source)
    return str(folder)


COUNT = (
    "import click\nimport harness\n\n\n@click.command()\n@click.option('--to', type=int, default=3)\n"
    "def count(to):\n    '''Count.'''\n    click.echo(' '.join(map(str, range(to))))\n"
)


def test_a_command_of_another_package_is_found_and_run(
    cli: Callable[..., Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(package(tmp_path / "site", COUNT))
    assert "count       from theirs" in cli("--help").stdout
    assert cli("count", "--to", "4").stdout == "0 1 2 3\n"
    assert cli("count", HARNESS_COUNT_TO="2").stdout == "0 1\n"
    assert "There are run, sweep, gate" in cli("cont").stderr
    assert "Did you mean count?" in cli("cont").stderr


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("import sys; sys.exit(1)", "cannot be used: SystemExit: 1"),
        ("count = 3", "is no click.Command, but 3"),
    ],
)
def test_a_command_of_another_package_that_is_broken_is_one_line_and_no_other_suffers(
    cli: Callable[..., Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, text: str
) -> None:
    monkeypatch.delitem(sys.modules, "theirs", raising=False)
    monkeypatch.syspath_prepend(package(tmp_path / "site", source))
    assert cli("--help").returncode == 0
    done = cli("count")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "command count of theirs" in done.stderr
    assert text in done.stderr


def test_ours_keep_their_names(cli: Callable[..., Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(package(tmp_path / "site", COUNT, "list = theirs:count"))
    assert cli("list", "runs").stdout.startswith("run ")


WRONG = [
    (("nosuch",), {}, "No such command 'nosuch'. There are run, sweep, gate"),
    (("shwo",), {}, "Did you mean show?"),
    (("run", "--nosuch"), {}, "No such option"),
    (("run", "--tasks", "0"), {}, "0 is not in the range"),
    (("run",), {"HARNESS_RUN_BLOCKS": "x"}, "HARNESS_RUN_BLOCKS: Invalid value for '--blocks': 'x' is not a valid int"),
    (("run",), {"HARNESS_RUN_TIMEOUT": "inf"}, "--timeout inf: a finite number of seconds"),
    (("run",), {"HARNESS_RUN_STRATEGIES": "gevnt"}, "Did you mean gevent?"),
    (("run",), {"HARNESS_RUN_QUICK": "perhaps"}, "HARNESS_RUN_QUICK: Invalid value for '--quick': 'perhaps' is not a"),
    (("run",), {"HARNESS_RUN_PIN": "x"}, "HARNESS_RUN_PIN: Invalid value for '--pin': 'x' is not one of"),
    (("run",), {"HARNESS_RUN_SLO": "soon"}, "HARNESS_RUN_SLO: Invalid value for '--slo': soon: write a time with its"),
    (("run",), {"HARNESS_RUN_TABLEFMT": "x"}, "--format x: there are asciidoc"),
    (("gate",), {}, "Missing option '--base'"),
    (("gate",), {"HARNESS_GATE_BASE": "x"}, "--variant base=x: 'x' is none of"),
    (("gate", "--base", "path:.", "--metric", "luck"), {}, "luck"),
    (("serve",), {"HARNESS_SERVE_PORT": "x"}, "HARNESS_SERVE_PORT: Invalid value for '--port'"),
    (("history",), {"HARNESS_HISTORY_LAST": "0"}, "HARNESS_HISTORY_LAST: Invalid value for '--last'"),
    (("calibrate",), {"HARNESS_CALIBRATE_DETECT": "7"}, "--detect 7: a share between 0 and 1"),
    (("list", "nothing"), {}, "is not one of"),
    (("list",), {}, "Missing argument"),
    (("export", "--to", "x"), {}, "is not one of"),
    (("completion", "tcsh"), {}, "is not one of"),
    (("run", "-s", "gevnt"), {}, "Did you mean gevent?"),
    (("run", "-W", "slep"), {}, "Did you mean sleep?"),
    (("run", "--tasks", "5", "--concurrency", "6"), {}, "more than --tasks 5"),
    (("run", "-W", "./absent.py:f"), {}, "there is no file ./absent.py"),
    (("run", "--format", "nosuch"), {}, "there are asciidoc"),
    (("run", "--timeout", "inf"), {}, "--timeout inf: a finite number"),
    (("run", "--max-time", "nan"), {}, "--max-time nan: a finite number"),
    (("run", "--name", ""), {}, "printable"),
]


@pytest.mark.parametrize(("arguments", "environment", "text"), WRONG, ids=[text for _, _, text in WRONG])
def test_what_is_wrong_with_an_option_is_one_line_and_status_2(
    cli: Callable[..., Finished], tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], text: str
) -> None:
    done = cli(*arguments, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_a_setting_that_an_option_does_not_take_names_the_file(cli: Callable[..., Finished], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.harness]\npin = 'x'\n")
    done = cli("run")
    assert done.returncode == 2
    assert done.stderr.startswith("harness: pyproject.toml: [tool.harness]: Invalid value for '--pin': 'x' is not one")


WRONG_WHILE_BUSY = [
    (("run", "-s", "gevnt"), "Did you mean gevent?"),
    (("run", "--timeout", "inf"), "--timeout inf: a finite number"),
    (("run", "-s", "gevent", "--slo", "10ms"), "--slo is for --find-capacity"),
    (("gate", "--base", "path:.", "-s", "gevnt"), "Did you mean gevent?"),
    (("gate", "--base", "conda:x"), "'conda:x' is none of"),
    (("calibrate", "-W", "slep"), "Did you mean sleep?"),
    (("calibrate", "--max-time", "inf"), "--max-time inf: a finite number"),
    (("history", "--max-time", "inf"), "--max-time inf: a finite number"),
]


@pytest.mark.parametrize(
    ("arguments", "text"), WRONG_WHILE_BUSY, ids=[" ".join(arguments) for arguments, _ in WRONG_WHILE_BUSY]
)
def test_what_is_wrong_is_said_before_another_run_is_in_the_way(
    cli: Callable[..., Finished], arguments: tuple[str, ...], text: str
) -> None:
    with lock.machine(wait=False, tell=print, name="cli-wrong-input"):
        done = cli(*arguments, HARNESS_LOCK="cli-wrong-input", HARNESS_RUN_WAIT="0")
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOLCK, "No locks available; what was stored is intact"),
        (
            errno.ENOSYS,
            "Function not implemented; this kernel or container does not have that call: Linux 5.3 or newer",
        ),
        (errno.EPERM, "Operation not permitted; it is not permitted: a container's filter or the file's owner forbids"),
        (errno.EMFILE, "Too many open files; the limit is"),
        (errno.ENOMEM, "Cannot allocate memory; memory is short: raise ulimit -v, or end some programs"),
    ],
)
def test_what_the_system_refuses_is_one_line_with_the_call(
    cli: Callable[..., Finished], monkeypatch: pytest.MonkeyPatch, number: int, text: str
) -> None:
    def refused(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(lock.fcntl, "flock", refused)
    done = cli("list", "workloads")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith("harness: fcntl.flock (to see what this machine is and allows, lock.py:")
    assert text in done.stderr
