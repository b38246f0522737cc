"""What travels to a host: the program, and the folders of the user's that the plan names, as archives by content."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import PathFinder
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


def of_user(plan: Plan, paths: Sequence[str], imports: Sequence[str] = ()) -> list[Archive]:
    """The user's folders that a plan names, those of its variants too, and those that all imports look into. `paths`:
    where modules are looked for. Raises HarnessError where one is too large, or where variants are of this program
    itself, which is on each host once."""
    if any(one.variant and one.variant.root for one in plan.strategies) and git.has(Path(harness.__file__)):
        raise HarnessError("--on: versions of this program itself are compared on one machine: leave --on out")
    return [packed(folder, files) for folder, files in _folders(plan, paths, imports).items()]


def _folders(plan: Plan, paths: Sequence[str], imports: Sequence[str]) -> dict[str, dict[str, Path]]:
    """What is sent of each folder, by its names there: all that its repository has, or the files that are named."""
    found: dict[str, dict[str, Path]] = {}
    targets = [*(one.target for one in plan.strategies), *(one.target for one in plan.groups)]
    for target in dict.fromkeys(targets):
        for path in [] if target.startswith(OURS) else _files(target, paths):
            if top := git.top_of(path.parent):
                found.setdefault(top, _whole(top))
            if not top or not _has(found[top], os.path.relpath(path, top)):
                folder, mine = _alone(path)
                inside = os.path.relpath(folder, top) if top else ""
                mine = {os.path.normpath(os.path.join(inside, name)): one for name, one in mine.items()}
                found.setdefault(top or folder, {}).update(mine)
    variants = [one.variant for one in plan.strategies if one.variant and one.variant.root]
    more = {root: _whole(root) for root in dict.fromkeys(str(one.root) for one in variants)}
    for folder in imports:
        # What a version stands for goes whole, so that it still does there.
        whole = next((str(one.instead_of) for one in variants if _lies(folder, str(one.instead_of))), folder)
        if whole not in more and not _is_ours(folder):
            more[whole] = {name: one for name, one in _whole(whole).items() if not name.startswith(".")}
    for folder, mine in more.items():
        if not any(_holds(files, top, folder, mine) for top, files in found.items()):
            found[folder] = found.get(folder, {}) | mine
    return found


def _is_ours(folder: str) -> bool:
    """Whether this program is imported from a folder."""
    return os.path.realpath(os.path.join(folder, harness.__name__)) == os.path.realpath(Path(harness.__file__).parent)


def _lies(place: str, folder: str) -> bool:
    """Whether a place is in a folder by its path, as `moved` has it."""
    return f"{place}/".startswith(f"{folder}/")


def _has(files: Mapping[str, Path], place: str) -> bool:
    """Whether a file is sent, or anything of a folder: git may ignore it."""
    return any(_lies(name, place) for name in files)


def _holds(files: Mapping[str, Path], top: str, folder: str, others: Mapping[str, Path]) -> bool:
    """Whether all files of a folder are among those of one that it lies in."""
    outer = next((one for one in (top, os.path.realpath(top)) if _lies(folder, one)), None)
    return outer is not None and all(os.path.relpath(os.path.join(folder, name), outer) in files for name in others)


def _whole(folder: str, above: tuple[str, ...] = ()) -> dict[str, Path]:
    """All files of a folder, with those behind links to folders; in a repository those that git does not ignore, unless
    that is all, with its submodules'. Raises HarnessError where they are too many."""
    place = os.path.realpath(folder)
    found: dict[str, Path] = {}
    if place in above:
        return found
    names = git.files(folder)
    for name in _all(folder) if names is None or not (names or above) else names:
        path = Path(folder, name)
        within = _whole(str(path), (*above, place)) if path.is_dir() else {"": path}
        found |= {os.path.normpath(os.path.join(name, rest)): one for rest, one in within.items()}
        if len(found) > MOST:
            raise _too_much(folder, f"has over {MOST:,} files")
    return found


def _all(folder: str) -> Iterator[str]:
    """The names of all files below a folder, and of links to folders."""
    for place, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one not in SKIPPED and not git.is_installed(Path(place, one))]
        links = [one for one in folders if os.path.islink(os.path.join(place, one))]
        yield from (os.path.relpath(os.path.join(place, name), folder) for name in (*links, *files))


def _files(target: str, paths: Sequence[str]) -> Iterator[Path]:
    """The file that a target names, or that its module is of in one of the folders that imports look into; of a
    namespace package its folders."""
    if named := split(target):
        yield Path(named.place)
    elif found := PathFinder.find_spec(target.partition(":")[0].partition(".")[0], [*paths]):
        yield from map(Path, [found.origin] if found.origin else found.submodule_search_locations or [])


def _alone(path: Path) -> tuple[str, dict[str, Path]]:
    """What is of no repository: its package, or a file and what is called like it."""
    folder = path.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    top = folder / path.relative_to(folder).parts[0]
    if top.is_dir():
        return str(folder), {os.path.join(top.name, name): one for name, one in _whole(str(top)).items()}
    return str(folder), {one.name: one for one in folder.glob(f"{path.stem}.*") if one.is_file()}


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
