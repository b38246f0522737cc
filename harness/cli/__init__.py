"""The command line: one file for each command. Only this folder prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from harness import errors
from harness.cli.calibrate import calibrate
from harness.cli.compare import compare
from harness.cli.doctor import doctor
from harness.cli.export import export
from harness.cli.gate import gate
from harness.cli.history import history
from harness.cli.lists import list_
from harness.cli.options import pyproject
from harness.cli.run import run
from harness.cli.serve import serve
from harness.cli.show import show
from harness.cli.terminal import fail


def main() -> NoReturn:
    """Run the program; end with its documented exit status."""
    try:
        sys.path.append(os.getcwd())  # where what a user names is looked for; the last, so that it hides nothing
        commands.main(prog_name="harness", auto_envvar_prefix="HARNESS", default_map=settings(), standalone_mode=False)
        sys.exit(errors.OK)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as wrong:
        fail(wrong.format_message(), errors.USAGE)
    except errors.HarnessError as wrong:
        fail(str(wrong), wrong.status)
    except (errors.Interrupted, KeyboardInterrupt, click.Abort) as stopped:
        fail("interrupted", getattr(stopped, "status", 130))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone: nothing more to say
        sys.exit(errors.OK)
    except OSError as error:
        fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", errors.UNSTORED)
    except Exception as bug:
        step = bug.__traceback__
        while step is not None and step.tb_next is not None:
            step = step.tb_next
        where = f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}" if step else "?"
        fail(f"our own bug, please report it: {type(bug).__name__} at {where}: {bug}", errors.BUG)


def settings() -> dict[str, Any]:
    """[tool.harness] of the pyproject.toml in this folder: the long names of options of `run`; `gate` takes those that
    say what is compared. Raises HarnessError."""
    named = {
        option.removeprefix("--"): str(parameter.name)
        for parameter in commands.commands["run"].params
        for option in parameter.opts
        if option.startswith("--")
    }
    run = {}
    for name, value in pyproject().items():
        if name != "gate":
            if name not in named:
                raise errors.HarnessError(f"pyproject.toml: [tool.harness] has no {name!r}")
            run[named[name]] = value
    cells = {named[name] for name in ("strategy", "workload", "param", "tasks", "concurrency")}
    return {"run": run, "gate": {name: value for name, value in run.items() if name in cells}}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="concurrency-harness")
def commands() -> None:
    """Compare concurrency strategies: the same workload, one thing changed at a time.

    Exit status: 0 good, 1 a regression (gate), 2 usage, 3 a cell failed or is invalid, or a gate is undecided,
    4 nothing selected, 5 results could not be stored, 70 our own bug, 75 another run is measuring, 130 or 143
    interrupted."""


for command in (run, gate, serve, show, compare, history, export, list_, calibrate, doctor):
    commands.add_command(command)
