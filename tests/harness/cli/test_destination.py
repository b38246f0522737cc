"""Where a command writes what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.destination import say


def test_no_password_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = {"for": "pip:a @ https://me:secret@h/a.whl", "token": "secret"}
    for path in (None, "-", str(tmp_path / "said.json")):
        say(said, path, lambda: said["for"])
    assert "secret" not in capsys.readouterr().out
    assert json.loads((tmp_path / "said.json").read_text()) == {"for": "pip:a @ https://me:***@h/a.whl", "token": "***"}
