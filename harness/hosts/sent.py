"""What travels to a host: the program, and the folders of the user's that the plan names, as archives by content."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import harness
from harness.errors import HarnessError
from harness.plan.files import split
from harness.record.plan import Plan
from harness.text import readable
from harness.variants import git

LARGEST = 16 << 20
"""Bytes of an archive: a frame holds no more."""
MOST = 50_000
"""Files of one."""
OURS = "harness."
SKIPPED = ("__pycache__",)


class Archive(NamedTuple):
    """A folder, packed: the hash of its bytes, these, and where it lies here."""

    key: str
    data: bytes
    folder: str


def program() -> Archive:
    """This program, strategies and workloads among it."""
    package = Path(harness.__file__).parent
    found = {}
    for folder, folders, files in os.walk(package, followlinks=True):
        folders[:] = [one for one in folders if one not in SKIPPED]
        for name in files:
            path = Path(folder, name)
            found[os.path.join(package.name, path.relative_to(package))] = path
    return packed(str(package.parent), found)


def of_user(plan: Plan, paths: Sequence[str]) -> list[Archive]:
    """The user's folders that a plan names, those of its variants too. Raises HarnessError where one is too large, or
    where variants are of this program itself, which is on each host once."""
    if any(one.variant and one.variant.root for one in plan.strategies) and git.has(Path(harness.__file__)):
        raise HarnessError("--on: versions of this program itself are compared on one machine: leave --on out")
    return [packed(folder, files) for folder, files in _folders(plan, paths).items()]


def _folders(plan: Plan, paths: Sequence[str]) -> dict[str, dict[str, Path]]:
    """What is sent of each folder, by its names there: all that its repository has, or the files that are named."""
    found: dict[str, dict[str, Path]] = {}
    targets = [*(one.target for one in plan.strategies), *(one.target for one in plan.groups)]
    for target in dict.fromkeys(targets):
        for path in [] if target.startswith(OURS) else _files(target, paths):
            if top := git.top_of(path.parent):
                found.setdefault(top, _whole(top))
            else:
                folder, mine = _alone(path)
                found.setdefault(folder, {}).update(mine)
    for root in dict.fromkeys(one.variant.root for one in plan.strategies if one.variant and one.variant.root):
        if not any(f"{root}/".startswith(f"{os.path.realpath(folder)}/") for folder in found):
            found[root] = _whole(root)
    return found


def _whole(folder: str, above: tuple[str, ...] = ()) -> dict[str, Path]:
    """All files of a folder, with those behind links to folders; in a repository those that git does not ignore, with
    its submodules'. Raises HarnessError where they are too many."""
    place = os.path.realpath(folder)
    found: dict[str, Path] = {}
    if place in above:
        return found
    names = git.files(folder)
    for name in _all(folder) if names is None else names:
        path = Path(folder, name)
        within = _whole(str(path), (*above, place)) if path.is_dir() else {"": path}
        found |= {os.path.normpath(os.path.join(name, rest)): one for rest, one in within.items()}
        if len(found) > MOST:
            raise _too_much(folder, f"has over {MOST:,} files")
    return found


def _all(folder: str) -> Iterator[str]:
    """The names of all files below a folder, and of links to folders."""
    for place, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one not in SKIPPED]
        links = [one for one in folders if os.path.islink(os.path.join(place, one))]
        yield from (os.path.relpath(os.path.join(place, name), folder) for name in (*links, *files))


def _files(target: str, paths: Sequence[str]) -> Iterator[Path]:
    """The file that a target names, or that its module is of in one of the folders that imports look into."""
    if named := split(target):
        yield Path(named.place)
        return
    top = target.partition(":")[0].partition(".")[0]
    for folder in paths:
        for path in (Path(folder, top, "__init__.py"), Path(folder, f"{top}.py")):
            if path.is_file():
                yield path
                return


def _alone(path: Path) -> tuple[str, dict[str, Path]]:
    """A file of no repository: its package, or it and what is called like it."""
    folder = path.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    mine: Iterable[Path] = folder.joinpath(path.relative_to(folder).parts[0]).rglob("*.py")
    if folder == path.parent:
        mine = (one for one in folder.glob(f"{path.stem}.*") if one.is_file())
    return str(folder), {str(one.relative_to(folder)): one for one in mine}


def packed(folder: str, files: Mapping[str, Path]) -> Archive:
    """Files by their names, and whether they are executable: the same bytes for the same content. Raises HarnessError
    where they are too many."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            if path.is_file() and readable(name) == name:
                archive.writestr(_about(name, path), path.read_bytes(), zipfile.ZIP_DEFLATED)
                if made.tell() > LARGEST:
                    raise _too_much(folder, f"is over {LARGEST >> 20} MB")
    data = made.getvalue()
    return Archive(hashlib.sha256(data).hexdigest(), data, folder)


def _too_much(folder: str, said: str) -> HarnessError:
    return HarnessError(f"--on: {folder}, which the hosts need, {said}: have git ignore data")


def _about(name: str, path: Path) -> zipfile.ZipInfo:
    about = zipfile.ZipInfo(name)
    if path.stat().st_mode & stat.S_IXUSR:
        about.external_attr = (stat.S_IFREG | 0o700) << 16
    return about
