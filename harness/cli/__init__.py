"""The command line: one file for each command, imported when it is used. Only this folder prints."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

import click

from harness import errors
from harness.cli.group import Commands
from harness.cli.terminal import fail, open_streams, readable_streams

VARIABLE = "_HARNESS_COMPLETE"
"""Set by a shell that wants a line completed."""


def main() -> NoReturn:
    """Run the program; end with its documented exit status."""
    open_streams()
    readable_streams()
    if VARIABLE in os.environ:
        from harness.cli import completion  # noqa: F401  (click looks its shells up)
    try:
        sys.path.append(_folder())  # where what a user names is looked for; the last, so that it hides nothing
        commands.main(prog_name="harness", auto_envvar_prefix="HARNESS", standalone_mode=False)
        sys.exit(errors.OK)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as wrong:
        fail(_explained(wrong), errors.USAGE)
    except errors.HarnessError as wrong:
        fail(_sourced(str(wrong)) if wrong.status == errors.USAGE else str(wrong), wrong.status)
    except (errors.Interrupted, KeyboardInterrupt, click.Abort) as stopped:
        fail("interrupted", getattr(stopped, "status", 130))
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone: nothing more to say
        sys.exit(errors.OK)
    except OSError as error:
        fail(_refused(error), errors.UNSTORED)
    except Exception as bug:
        fail(f"our own bug, please report it: {type(bug).__name__} at {_place(bug)}: {bug}", errors.BUG)


def _folder() -> str:
    """The current folder. Raises HarnessError where there is none."""
    try:
        return os.getcwd()
    except OSError as error:
        raise errors.HarnessError(f"the current folder: {error.strerror}: cd to one that exists") from None


def _refused(error: OSError) -> str:
    """What the system refused, and which limit it was."""
    said = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    if error.errno != errno.EMFILE:
        return said
    import resource

    return f"{said}: the limit is {resource.getrlimit(resource.RLIMIT_NOFILE)[1]:,} file descriptors (ulimit -Hn)"


def _place(bug: Exception) -> str:
    from pathlib import Path

    step = bug.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}" if step else "?"


def _explained(wrong: click.ClickException) -> str:
    """What click says, and where a value comes from that nobody typed."""
    said = wrong.format_message()
    context, parameter = getattr(wrong, "ctx", None), getattr(wrong, "param", None)
    if context is None or parameter is None:
        return said
    source = context.get_parameter_source(parameter.name)
    if source is click.core.ParameterSource.ENVIRONMENT:
        return f"{context.auto_envvar_prefix}_{parameter.name.upper()}: {said}"
    if source is click.core.ParameterSource.DEFAULT_MAP:
        from harness.plan import project

        found = project.find()
        return f"{found.file if found else project.FILE}: [tool.harness]: {said}"
    return said


def _sourced(said: str) -> str:
    """What is wrong, and where it comes from, if nobody typed it."""
    from harness.cli.sources import source

    return source(said, sys.argv[1:]) + said


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="concurrency-harness")
def commands() -> None:
    """Compare concurrency strategies: the same workload, one thing changed at a time.

    Exit status: 0 good, 1 a regression (gate), 2 usage, 3 a cell failed or is invalid, or a gate is undecided,
    4 nothing selected, 5 results could not be stored, 70 our own bug, 75 another run is measuring, 130 or 143
    interrupted."""
