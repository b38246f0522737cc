"""A process under a patched gevent."""

# under: gevent-patched
# tasks: 2

import subprocess


def task(index):
    return subprocess.run(["sleep", "0.05"], check=True).returncode
