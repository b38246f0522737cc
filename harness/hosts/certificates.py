"""Certificates for a Dask cluster: an authority of its own, whose key nobody keeps."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import HarnessError

NAMES = ("scheduler", "host", "client")


def make(folder: Path) -> None:
    """Write `ca.pem`, and for scheduler, hosts and client a file of certificate and key each, for their owner alone.
    Raises HarnessError where one is there already, or cannot be written."""
    import trustme

    authority = trustme.CA(organization_name="concurrency-harness")
    texts = {"ca": authority.cert_pem.bytes()}
    for name in NAMES:
        texts[name] = authority.issue_cert(f"{name}.concurrency-harness").private_key_and_cert_chain_pem.bytes()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in texts.items():
            with open(os.open(folder / f"{name}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text)
    except FileExistsError as error:
        raise HarnessError(f"--certificates {folder}: {error.filename} is there already: name another folder") from None
    except OSError as error:
        raise HarnessError(f"--certificates {folder}: {error.strerror}") from None


def commands(folder: Path) -> list[str]:
    """What to type with them, on the scheduler, on each host, and where a run is started."""
    ca = f"--tls-ca-file {folder}/ca.pem"
    dask = "--nthreads 1 --no-nanny --no-dashboard"  # a nanny has nothing to do here, and looks up often
    return [
        f"dask scheduler --protocol tls {ca} --tls-cert {folder}/scheduler.pem --no-dashboard",
        f"dask worker tls://SCHEDULER:8786 {ca} --tls-cert {folder}/host.pem {dask}",
        f"harness run --on tls://SCHEDULER:8786 --tls-ca {folder}/ca.pem --tls-cert {folder}/client.pem",
    ]
