"""The project that somebody works in: the nearest pyproject.toml with settings, from here upwards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import HarnessError, StoreError

if TYPE_CHECKING:
    from harness.plan.settings import Settings

FILE = "pyproject.toml"
RESULTS = "results"
LARGEST = 1 << 20
"""Bytes of a file of settings."""


class Project(NamedTuple):
    """A file with settings, by its path from the current folder, and its [tool.harness]."""

    file: Path
    table: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where it lies: relative paths in it begin there, and the results lie beside it."""
        return self.file.parent

    @property
    def is_here(self) -> bool:
        """Whether that is the current folder."""
        return self.file == Path(FILE)


def find() -> Project | None:
    """The project of the current folder, if there is one. Raises HarnessError where its file cannot be read.

    As for ruff and pytest, a file without settings of ours is passed over, and a repository's top is no limit."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = Path(os.path.relpath(folder / FILE, here))
        if not os.path.lexists(folder / FILE):
            continue
        from harness.record import regular

        try:
            raw = regular.read(file, LARGEST, what="file of settings")
        except StoreError as wrong:
            if folder == here:
                raise HarnessError(f"{wrong}") from None
            continue
        if b"harness" in raw and (table := table_of(file, raw)) is not None:
            return Project(file, table)
    return None


def settings() -> tuple[Project, Settings] | None:
    """The project and what its file says. Raises HarnessError where that is wrong."""
    project = find()
    if project is None:
        return None
    from harness.plan.settings import decoded

    return project, decoded(project.table, project.file)


def results() -> Path:
    """The folder of the records where nobody names one: the settings', or `results` beside them, or here."""
    found = settings()
    if found is None:
        return Path(RESULTS)
    project, said = found
    return project.folder / (said.results or RESULTS)


def table_of(file: Path, raw: bytes) -> dict[str, Any] | None:
    import tomllib

    try:
        found = tomllib.loads(raw.decode()).get("tool", {})
    except (ValueError, RecursionError) as error:
        raise HarnessError(f"{file}: {error}") from None
    if not isinstance(found, dict) or "harness" not in found:
        return None
    table = found["harness"]
    if not isinstance(table, dict):
        raise HarnessError(f"{file}: [tool.harness] is a table")
    return table
