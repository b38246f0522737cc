"""The certificates of a cluster."""

from __future__ import annotations

import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.hosts import certificates
from tests.builders import Finished


def test_each_has_its_key_for_its_owner_alone_and_nobody_keeps_the_authoritys(tmp_path: Path) -> None:
    certificates.make(tmp_path / "made")
    found = {path.stem: path for path in (tmp_path / "made").iterdir()}
    assert set(found) == {"ca", *certificates.NAMES}
    for name, path in found.items():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert (b"PRIVATE KEY" in path.read_bytes()) == (name != "ca")
    for name in certificates.NAMES:
        context = ssl.create_default_context(cafile=str(found["ca"]))
        context.load_cert_chain(found[name])


def test_what_is_there_stays(tmp_path: Path) -> None:
    certificates.make(tmp_path)
    before = (tmp_path / "ca.pem").read_bytes()
    with pytest.raises(HarnessError, match=r"ca\.pem is there already: name another folder"):
        certificates.make(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() == before
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match=r"file is there already: name another folder"):
        certificates.make(tmp_path / "file")


def test_the_command_prints_what_to_type(harness: Callable[..., Finished], tmp_path: Path) -> None:
    done = harness("hosts", "--certificates", "made")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["dask", "scheduler"], ["dask", "worker"], ["harness", "run"],
    ]  # fmt: skip
    assert "--nthreads 1 --no-nanny" in done.stdout
    again = harness("hosts", "--certificates", "made")
    assert again.returncode == 2
    assert again.stderr.count("\n") == 1
