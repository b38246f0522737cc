"""A process, started and waited for by gevent."""

# under: gevent
# tasks: 2

from gevent import subprocess


def task(index):
    return subprocess.call(["sleep", "0.05"])
