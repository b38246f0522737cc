"""Where a command writes what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.destination import say


def test_no_password_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {"for": "pip:a @ https://me:sëcret@h/a.whl", "token": 'secret "it" is'}
    for path in (None, "-", str(tmp_path / "said.json")):
        say(said, path, lambda: said["for"])
    shown = capsys.readouterr().out
    assert "secret" not in shown
    assert "cret@" not in shown
    assert json.loads((tmp_path / "said.json").read_text()) == {"for": "pip:a @ https://me:***@h/a.whl", "token": "***"}
