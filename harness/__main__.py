"""`python -m harness`: as the console script, whatever lies in the current folder."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # the current folder, whose modules would hide our libraries'

from harness.cli import main

main()
