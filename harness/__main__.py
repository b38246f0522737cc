"""`python -m harness`."""

import sys

if not sys.flags.safe_path:
    sys.path.append(sys.path.pop(0))  # the current folder: its files hide no library of ours

from harness.cli import main

main()
