"""Copies a file, and compares the copies."""

import filecmp
import os
import shutil
import tempfile

folder = tempfile.mkdtemp()
source = os.path.join(folder, "source")
with open(source, "wb") as file:
    file.write(os.urandom(2_000_000))


def task(index):
    copy = os.path.join(folder, f"copy-{index}")
    shutil.copyfile(source, copy)
    same = filecmp.cmp(source, copy, shallow=False)
    os.remove(copy)
    return same
