"""Numbers that variables set."""

from __future__ import annotations

import os
import sys

import pytest


def number(name: str, usual: int) -> int:
    """What a variable says. What is no whole number above 0 ends a script, or pytest, with a line and status 2."""
    text = os.environ.get(name, str(usual))
    if text.isdecimal() and int(text):
        return int(text)
    wrong = f"{name}={text}: a whole number, 1 or more"
    if "PYTEST_VERSION" in os.environ:
        pytest.exit(wrong, 2)
    print(wrong, file=sys.stderr)
    sys.exit(2)
