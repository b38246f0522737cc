"""Numbers that variables set."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import pytest

USUAL = {"HARNESS_FIDELITY_BLOCKS": 10, "HARNESS_FIDELITY_SEED": 1, "HARNESS_SERVER_PAIRS": 10}
"""Every variable, and what it is where nobody sets it."""


def number(name: str) -> int:
    """What a variable says. What is no whole number above 0 is refused."""
    text = os.environ.get(name, str(USUAL[name]))
    if text.isdecimal() and int(text):
        return int(text)
    refuse(f"{name}={text}: a whole number, 1 or more")


def refuse(wrong: str) -> NoReturn:
    """End a script, or pytest, with a line and status 2."""
    if "PYTEST_VERSION" in os.environ:
        pytest.exit(wrong, 2)
    print(wrong, file=sys.stderr)
    sys.exit(2)
