"""Runs a program for each task."""

import subprocess


def task(index):
    done = subprocess.run(["sh", "-c", f"sleep 0.02; echo {index}"], capture_output=True, check=True)
    return int(done.stdout)
