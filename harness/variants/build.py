"""Where a cell runs: an interpreter, a set of packages, a revision or folder of the user's code. Built once, and kept.

Environments are uv's, from its cache; revisions are git's worktrees. `list variants` shows what is kept."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.errors import HarnessError
from harness.machine import cache, host
from harness.record.plan import Variant
from harness.text import without_password
from harness.variants import git

KINDS = ("python", "pip", "git", "path")
BUILD_SECONDS = 600.0
PEERS_ONLY = ("granian",)
"""Libraries that only our own peers need, which run in our own interpreter."""


@dataclass
class Spec:
    """What was asked for: NAME=KIND:VALUE[,KIND:VALUE...]."""

    name: str
    text: str
    python: str | None = None
    pip: list[str] = field(default_factory=list)
    git: str | None = None
    path: str | None = None


def parse(text: str) -> Spec:
    """Read one --variant. Raises HarnessError."""
    name, equals, rest = text.partition("=")
    if not (equals and re.fullmatch(r"[\w.-]+", name)):
        raise HarnessError(f"--variant {text}: write it as NAME=SPEC, such as new=pip:gevent==26.9.0")
    spec = Spec(name, rest)
    for part in re.split(rf",(?=(?:{'|'.join(KINDS)}):)", rest):
        kind, _, value = part.partition(":")
        if kind not in KINDS or not value:
            known = "python:3.13, pip:PACKAGE==VERSION, git:REVISION, path:FOLDER"
            raise HarnessError(f"--variant {text}: {part!r} is none of {known}")
        if kind != "path" and value.lstrip().startswith("-"):  # uv and git would take it for an option
            raise HarnessError(f"--variant {text}: {value!r} is an option, and no {kind}: leave it out")
        if kind == "pip":
            spec.pip.append(value)
        elif getattr(spec, kind):
            raise HarnessError(f"--variant {text}: {kind} is given twice")
        else:
            setattr(spec, kind, value)
    if spec.git and spec.path:
        raise HarnessError(f"--variant {text}: git and path are two places")
    return spec


def build(text: str) -> Variant:
    """Make what a variant needs, if it is not there. Raises HarnessError."""
    spec = parse(text)
    python = _environment(spec) if spec.python or spec.pip else None
    variant = Variant(spec.name, spec.text, python)
    return msgspec.structs.replace(variant, **_place(spec))


def _place(spec: Spec) -> dict[str, str]:
    """The folder of a variant, and the one that it stands for: this one, or the whole of its repository."""
    if spec.git:
        return _worktree(spec)
    if not spec.path:
        return {}
    folder = spec.path if os.path.isdir(spec.path) else os.path.expanduser(spec.path)  # no shell has seen this ~
    if not os.path.isdir(folder):
        raise HarnessError(f"variant {spec.name}: there is no folder {spec.path}")
    return {"root": os.path.realpath(folder), "instead_of": os.path.realpath(os.getcwd())}


def kept() -> Iterator[tuple[str, str, str]]:
    """What is kept: kind, what it was built for, and where."""
    for kind in ("environments", "trees"):
        for path in sorted((cache.folder() / kind).glob("*/")):
            try:
                about = str(json.loads(path.with_suffix(".json").read_text())["for"])
            except (OSError, ValueError, KeyError, TypeError):
                about = "unfinished"
            yield kind.removesuffix("s"), about, str(path)


def _environment(spec: Spec) -> str:
    """The interpreter of an environment with these packages and the libraries that we have, at our versions if they
    go together."""
    named = {package_of(requirement) for requirement in spec.pip}
    ours = [f"{name}=={found}" for name, found in host.versions().items() if name in host.LIBRARIES]
    packages = [one for one in ours if package_of(one) not in named and package_of(one) not in PEERS_ONLY] + spec.pip
    python = spec.python or sys.executable
    if "/" in python:
        python = os.path.abspath(python)
    about = python, os.path.realpath(python), sys.version if python == sys.executable else "", sorted(packages)
    folder = cache.folder() / "environments" / _key(repr(about))
    interpreter = folder / "bin" / "python"
    same_again = all("==" in requirement for requirement in spec.pip)  # else a folder, branch or newer version
    if not (same_again and folder.with_suffix(".json").exists() and interpreter.exists()):
        uv = _uv(spec)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            _run([*uv, "venv", "--quiet", "--python", python, str(folder)], spec)
        except HarnessError as failed:
            if not spec.python or "/" in spec.python:
                raise
            said = str(failed).removeprefix(f"variant {spec.name}: ")
            raise HarnessError(
                f"variant {spec.name}: uv finds no Python {spec.python}, write its path (python:/PATH): {said}"
            ) from None
        install = [*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(interpreter)]
        try:
            _install(install, packages, spec)
        except HarnessError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _remember(folder, spec.text)
    return str(interpreter)


def _install(install: list[str], packages: list[str], spec: Spec) -> None:
    """Install at our versions, or, where they do not go together with what is asked for, at some that do."""
    try:
        _run([*install, *packages], spec)
    except HarnessError:
        _run([*install, *spec.pip, *(package_of(one) for one in packages if one not in spec.pip)], spec)


def _worktree(spec: Spec) -> dict[str, str]:
    """The user's repository at a revision."""
    top = git.top()
    if not top:
        raise HarnessError(f"variant {spec.name}: git:{spec.git}: this folder is in no git repository")
    commit = git.revision(str(spec.git))
    if not commit:
        why = git.lacking(str(spec.git))
        raise HarnessError(f"variant {spec.name}: the repository {top} has no revision {spec.git}{why}")
    folder = cache.folder() / "trees" / f"{commit[:12]}-{_key(top)}"
    if not (folder.with_suffix(".json").exists() and git.restored(folder, commit)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        git.add_worktree(folder, commit)
        _remember(folder, f"{commit[:12]} of {top}")
    return {"root": os.path.realpath(folder), "instead_of": os.path.realpath(top), "commit": commit}


def _uv(spec: Spec) -> list[str]:
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    if found := shutil.which("uv"):
        return [found]
    raise HarnessError(f"variant {spec.name} needs uv (pip install uv)")


def _run(command: Sequence[str], spec: Spec) -> None:
    """Run a tool. Raises HarnessError with its last lines where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HarnessError(f"variant {spec.name}: {error}") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise HarnessError(f"variant {spec.name}: {' '.join(lines[-3:]) or f'{command[0]} failed'}")


def _remember(folder: Path, what: str) -> None:
    """Say that it is finished, and what it is for."""
    said = {"for": without_password(what), "built": time.strftime("%Y-%m-%d")}
    folder.with_suffix(".json").write_text(json.dumps(said) + "\n")


def package_of(requirement: str) -> str:
    """The package that a requirement is for, as names are compared; a path or an address stands for itself."""
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return requirement


def _key(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:12]
