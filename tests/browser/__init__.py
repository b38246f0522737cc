"""A browser that looks at pages: Chromium, driven by `check.mjs` with what `package-lock.json` pins."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FONTS = """<?xml version="1.0"?><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="pattern"><test name="family" compare="not_eq"><string>monospace</string></test>
<test name="family" compare="not_contains"><string>Mono</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Roboto</string></edit></match></fontconfig>
"""
"""Pictures do not change with the machine's own font; without Roboto they are in that."""


def lacking() -> str | None:
    """Why nothing can be looked at; None where all is there."""
    if CHROMIUM is None:
        return "needs chromium"
    if not shutil.which("node"):
        return "needs nodejs"
    if not (FOLDER / "node_modules" / "axe-core").is_dir():
        return "needs `npm ci` in tests/browser"
    return None


def look(jobs: Sequence[dict[str, Any]], roboto: bool = False) -> list[dict[str, Any]]:
    """What is found on each page; a job is one of `check.mjs`."""
    import os

    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        asked, fonts = Path(folder) / "jobs.json", Path(folder) / "fonts.conf"
        asked.write_text(json.dumps({"chromium": CHROMIUM, "jobs": list(jobs)}))
        fonts.write_text(FONTS)
        environment = os.environ | ({"FONTCONFIG_FILE": str(fonts)} if roboto else {})
        done = subprocess.run(
            ["node", str(FOLDER / "check.mjs"), str(asked)],
            env=environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
