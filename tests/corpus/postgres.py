"""A PostgreSQL of our own, where one is installed: in a folder that goes away, reached by a socket in it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

STARTS = 10.0


def _program(name: str) -> str | None:
    """The program in PATH, or where Debian puts those of a server."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(found[-1]) if found else None)


@contextlib.contextmanager
def postgres(wanted: bool) -> Iterator[bool]:
    """Whether one runs; CORPUS_POSTGRES says where. It refuses to be root, and is nobody then."""
    initdb, server = _program("initdb"), _program("postgres")
    if not wanted or initdb is None or server is None:
        yield False
        return
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="corpus-postgres-") as name:
        if user:
            os.chown(name, pwd.getpwnam(user).pw_uid, -1)
        data = f"{name}/data"
        subprocess.run(
            [initdb, "-D", data, "-U", "corpus", "-A", "trust", "--no-sync"], user=user, check=True, capture_output=True
        )
        command = [server, "-D", data, "-k", name, "-c", "listen_addresses=", "-c", "fsync=off"]
        running = subprocess.Popen(command, user=user, stderr=subprocess.DEVNULL)
        os.environ["CORPUS_POSTGRES"] = f"host={name} user=corpus dbname=postgres"
        try:
            _wait_for(Path(name) / ".s.PGSQL.5432")
            yield True
        finally:
            del os.environ["CORPUS_POSTGRES"]
            running.terminate()
            running.wait()


def _wait_for(socket: Path) -> None:
    """Raises TimeoutError where it does not listen in time."""
    end = time.monotonic() + STARTS
    while not socket.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"PostgreSQL does not listen after {STARTS:.0f} s")
        time.sleep(0.05)
