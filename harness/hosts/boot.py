"""What runs first on another host: it says what is installed there, takes what it lacks, and becomes an agent.

It is sent as text to whatever Python is there, so that it imports the standard library alone. Both sides speak in
turns, a line of JSON each; what the program prints goes to stderr."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from typing import IO, Any

START = (
    'import sys; sys.version_info < (3, 8) and sys.exit("its Python is %d.%d: an agent needs 3.8 to begin with" '
    "% sys.version_info[:2]); sys.path[:1] = []; import json; exec(json.loads(sys.stdin.buffer.readline()))"
)
"""What the interpreter is started with: it reads this file's text, as one line of JSON."""
AGENT = "import sys; sys.path.insert(0, {folder!r}); from harness.hosts.agent import main; main({commands}, {answers})"
OURS = "concurrency-harness"
OLD_DAYS, INSTALL_SECONDS = 30, 900
LIBRARIES = {"site-packages", "dist-packages"}
KEY = 16
"""Letters of a content hash that name a folder."""


def environment() -> dict[str, Any]:
    """The Python that runs this, and the distributions that it has, but for those that lie in somebody's folder."""
    found: dict[str, str | None] = {}
    for one in distributions():
        if name := name_of(one):
            found.setdefault(name, version(one))  # the first of a name is imported
    found.pop(OURS, None)
    about = {"python": platform.python_version(), "implementation": sys.implementation.name}
    return {**about, "distributions": {name: found[name] for name in sorted(found) if found[name]}}


def name_of(one: Distribution) -> str:
    """That of a distribution, however it is spelled; nothing where what is about it has gone."""
    try:
        about = one.metadata
    except FileNotFoundError:  # of importlib_metadata, where something has imported that
        return ""
    return about["Name"].lower().replace("_", "-") if "Name" in about and "Version" in about else ""


def version(one: Distribution) -> str | None:
    """That of a distribution, and of one that no index had also what it was made of (PEP 610): a commit, or an archive,
    or the files themselves. None where they lie in somebody's folder."""
    direct = json.loads(one.read_text("direct_url.json") or "{}")
    place = os.path.realpath(str(one.locate_file(""))).split(os.sep)
    of_source = one.read_text("METADATA") is None and not LIBRARIES.intersection(place)  # an egg-info beside its source
    if of_source or direct.get("dir_info", {}).get("editable"):
        return None
    if not direct:
        return one.version
    archive = direct.get("archive_info", {})
    hashed = archive.get("hashes", {}).get("sha256") or (archive.get("hash") or "").partition("=")[2]
    return f"{one.version} of {(direct.get('vcs_info', {}).get('commit_id') or hashed or files_hash(one))[:KEY]}"


def files_hash(one: Distribution) -> str:
    """Of what a distribution has installed, but for what is about it, and scripts, which differ by the installer."""
    lines = [line.rpartition(",")[0] for line in (one.read_text("RECORD") or "").splitlines()]
    its = (line for line in lines if ",sha256=" in line and ".dist-info/" not in line and not line.startswith(".."))
    return hashlib.sha256("\n".join(sorted(its)).encode()).hexdigest()


def cache(kind: str) -> str:
    """The folder of what can be made again. Raises OSError."""
    usual = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), OURS)
    folder = os.path.join(os.environ.get("HARNESS_CACHE") or usual, kind)
    if not os.path.isabs(folder):
        raise OSError(
            f"its cache {folder} is in no folder from the root: HARNESS_CACHE names one where there is no home"
        )
    os.makedirs(folder, exist_ok=True)
    return folder


def place(key: str) -> str:
    """The folder of what was sent under a content hash."""
    return os.path.join(cache("sent"), key[:KEY])


@contextlib.contextmanager
def whole(folder: str) -> Iterator[str]:
    """A folder to fill, which then is `folder`, unless another agent was quicker: hosts may share a home. Raises
    OSError."""
    unfinished = tempfile.mkdtemp(dir=os.path.dirname(folder))
    try:
        yield unfinished
        try:
            os.rename(unfinished, folder)
        except OSError:
            if not os.path.isdir(folder):
                raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def unpack(key: str, data: bytes) -> None:
    """Have a folder hold an archive; none holds half of it. Raises ValueError where it is another, OSError."""
    if hashlib.sha256(data).hexdigest() != key:
        raise ValueError("what arrived is not what was sent")
    with whole(place(key)) as folder, zipfile.ZipFile(io.BytesIO(data)) as archive:
        for one in archive.infolist():
            path = archive.extract(one, folder)
            if one.external_attr >> 16 & stat.S_IXUSR:  # zipfile leaves it out
                mode = os.stat(path).st_mode
                os.chmod(path, mode | (mode & 0o444) >> 2)


def is_there(folder: str) -> bool:
    """Whether a folder is there, which is used from now on."""
    try:
        os.utime(folder)
    except FileNotFoundError:
        return False
    return True


def forget_old() -> None:
    """Remove what was not used for a while."""
    for kind in ("sent", "environments"):
        for name in os.listdir(cache(kind)):
            path = os.path.join(cache(kind), name)
            with contextlib.suppress(FileNotFoundError):  # another agent has renamed or removed it
                if time.time() - os.stat(path).st_mtime > OLD_DAYS * 86400:
                    shutil.rmtree(path, ignore_errors=True)


def installed(python: str, packages: list[str]) -> str:
    """The interpreter of an environment that holds these packages, made by uv once for hosts that are alike. Raises
    OSError."""
    alike = platform.machine(), platform.libc_ver(), sys.base_prefix  # others may share a home
    name = hashlib.sha256(repr((python, packages, alike)).encode()).hexdigest()[:KEY]
    folder = os.path.join(cache("environments"), name)
    interpreter = interpreter_of(folder)
    if not (is_there(folder) and starts(interpreter)):
        shutil.rmtree(folder, ignore_errors=True)  # what it was made of has gone, or is not on this host
        uv = [sys.executable, "-m", "uv"] if find_spec("uv") else [shutil.which("uv") or ""]
        if not uv[0]:
            raise OSError("there is no uv, which --install needs")
        with whole(folder) as made:
            run([*uv, "venv", "--quiet", "--relocatable", "--python", python, made])
            listed = os.path.join(made, "requirements.txt")
            with open(listed, "w") as file:
                file.write("\n".join(packages) + "\n")
            run([*uv, "pip", "sync", "--quiet", "--compile-bytecode", "--python", interpreter_of(made), listed])
        run([interpreter, "-c", ""])
    return interpreter


def starts(interpreter: str) -> bool:
    """Whether an interpreter does."""
    try:
        run([interpreter, "-c", ""])
    except OSError:
        return False
    return True


def interpreter_of(folder: str) -> str:
    """That of an environment."""
    return os.path.join(folder, "bin", "python")


def run(command: list[str]) -> None:
    """Run a tool. Raises OSError with its error, and the last cause of it, where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip() and not line.startswith("hint: ")]
        first = next((line for line in lines if line.startswith("error: ")), "")
        said = dict.fromkeys([first, *lines[-1:]])
        raise OSError("; ".join(filter(None, said)) or f"{command[0]} failed")


def serve(lines: IO[bytes], answers: int) -> None:
    """Answer until there is all that an agent needs, and become it."""

    def say(**said: Any) -> None:
        os.write(answers, json.dumps(said).encode() + b"\n")

    say(**environment())
    while line := lines.readline():
        asked = json.loads(line)
        try:
            if "install" in asked:
                interpreter = installed(**asked["install"])
                say(done=True)
                os.dup2(answers, 1)
                os.execv(interpreter, [interpreter, "-c", START])  # noqa: S606
            for key, text in asked.get("parts", {}).items():
                unpack(key, base64.b64decode(text))
            lacks = [key for key in asked["keys"] if not is_there(place(key))]
            forget_old()
        except Exception as error:
            ours = isinstance(error, OSError) and error.errno is None
            say(failure=str(error) if ours else f"{type(error).__name__}: {error}")
            continue
        say(lacks=lacks)
        if not lacks:
            break
    else:
        return
    commands = os.dup(0)
    for end in (commands, answers):
        os.set_inheritable(end, True)
    program = AGENT.format(folder=place(asked["keys"][0]), commands=commands, answers=answers)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.execv(sys.executable, [sys.executable, "-P", "-c", program])  # noqa: S606


def main() -> None:
    """Answers go to what is stdout now; what prints later, prints to stderr."""
    answers = os.dup(1)
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
