"""The command line: one file for each command, imported when it is used. Only this folder prints."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

import click

from harness import errors
from harness.cli.exits import guarded
from harness.cli.group import Commands
from harness.cli.streams import open_streams, patient_streams, refused
from harness.cli.terminal import Left, complain

VARIABLE = "_HARNESS_COMPLETE"
"""Set by a shell that wants a line completed."""


def main() -> NoReturn:
    """Run the program; end with its documented exit status."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as `__main__` has it meanwhile
        signal.signal(signal.SIGINT, signal.default_int_handler)
    open_streams()
    patient_streams()
    if VARIABLE in os.environ:
        from harness.cli import completion  # noqa: F401  (click looks its shells up)
    with guarded(errors.BUG, _ended_by_another):
        status = _status()
        if (error := refused(sys.stdout)) is not None:
            complain(f"standard output took not all of it: {error.strerror}; what was stored is intact")
            status = status or errors.INCOMPLETE
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the status is known
    sys.exit(status)


def _status() -> int:
    """Run the command that was asked for. Whatever ends it is a line on stderr and a status of ours."""
    try:
        sys.path.append(_folder())  # where what a user names is looked for; the last, so that it hides nothing
        commands.main(prog_name="harness", auto_envvar_prefix="HARNESS", standalone_mode=False)
        return errors.OK
    except (click.exceptions.Exit, Left) as leaving:
        return leaving.exit_code
    except SystemExit as leaving:
        return _left_by_another(leaving)
    except click.ClickException as wrong:
        return complain(_explained(wrong), errors.USAGE)
    except errors.HarnessError as wrong:
        return complain(_sourced(str(wrong)) if wrong.status == errors.USAGE else str(wrong), wrong.status)
    except (errors.Interrupted, KeyboardInterrupt, click.Abort) as stopped:
        return complain("interrupted", getattr(stopped, "status", 130))
    except OSError as error:
        return complain(_refused(error), errors.INCOMPLETE)
    except MemoryError as error:
        return complain(f"out of memory at {_place(error)}; what was stored is intact", errors.INCOMPLETE)
    except Exception as bug:
        said = f"our own bug, please report it: {type(bug).__name__} at {_place(bug)}: {bug}"
        return complain(said, errors.BUG)


def _left_by_another(leaving: SystemExit) -> int:
    """What to say where a library ended the program: its status would read as one of ours. (click ends it with 1 where
    any pipe is broken.)"""
    if isinstance(leaving.__context__, OSError):
        return complain(_refused(leaving.__context__), errors.INCOMPLETE)
    return complain(f"a library ended the program at {_place(leaving)}, with {leaving.code!r}", errors.BUG)


def _ended_by_another() -> None:
    complain("a library ended the program, by exit() of C; what was stored is intact")


def _folder() -> str:
    """The current folder. Raises HarnessError where there is none."""
    try:
        return os.getcwd()
    except OSError as error:
        raise errors.HarnessError(f"the current folder: {error.strerror}: cd to one that exists") from None


def _refused(error: OSError) -> str:
    from harness.cli.faults import refusal

    return refusal(error)


def _place(error: BaseException) -> str:
    from harness.cli.faults import place

    return place(error)


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

    Exit status: 0 good, 1 a regression (gate), 2 usage, 3 a cell failed or is invalid, a gate is undecided, or the
    system refused what was needed, 4 nothing selected, 5 results could not be stored, 70 our own bug, 75 another run
    is measuring, 129, 130 or 143 interrupted (by SIGHUP, SIGINT, SIGTERM)."""
