"""The example of README.md: `python -m tests.readme` shows its stored record again, as text and as a picture of the
terminal; `--measure` measures it anew before."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from harness.record.lines import decode, encode
from harness.record.sample import Header
from tests.builders import ROOT

PAGE = ROOT / "README.md"
RECORD = ROOT / "docs" / "screen.jsonl"
PICTURE = ROOT / "docs" / "screen.svg"
BEGIN, END = "<!-- made by `python -m tests.readme` -->\n\n```text\n", "\n```\n\n<!-- end -->"
WIDTH = 80
FRAME = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px;
line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
<rect fill="#292929" width="{width}" height="{height}" rx="8"/>
<g transform="translate(9, 24)">{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""
"""rich's picture of a terminal, without its window and without a font from elsewhere."""


def source() -> str:
    return next(block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S) if "# shop.py" in block)


def command() -> str:
    """What README.md says to type, in its lines."""
    typed = re.search(r"^    \$ (python -m harness run (?:.*\\\n)*.*)$", PAGE.read_text(), re.M)
    assert typed
    return typed[1].replace("\n    ", "\n")


def measure() -> None:
    """Run the example in a folder of its own, and keep its record here, which does not say where that was."""
    with tempfile.TemporaryDirectory() as folder:
        _, *words = command().replace("\\\n", "").split()
        Path(folder, "shop.py").write_text(source())
        subprocess.run([sys.executable, *words], cwd=folder, check=True)
        (record,) = Path(folder, "results").glob("*.jsonl")
        first, *rest = record.read_bytes().splitlines(keepends=True)
        RECORD.write_bytes(encode(anywhere(decode(first.rstrip()))) + b"".join(rest))


def anywhere(header: object) -> Header:
    assert isinstance(header, Header)
    groups = [msgspec.structs.replace(group, target=group.workload) for group in header.plan.groups]
    host = header.host | {"kernel": str(header.host["kernel"]).partition("-")[0]}
    return msgspec.structs.replace(header, plan=msgspec.structs.replace(header.plan, groups=groups), host=host)


def screen() -> str:
    """What a terminal of 80 columns shows of the record, with its colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, "-m", "harness", "show", str(RECORD)],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment | {"TERM": "xterm-256color", "LANG": "C.UTF-8"},
    ):  # fmt: skip
        os.close(theirs)
        shown = bytearray()
        try:
            while data := os.read(ours, 65536):
                shown += data
        except OSError:  # the program has ended
            os.close(ours)
    return shown.decode().replace("\r\n", "\n").strip("\n")


def picture(shown: Text) -> str:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {command()}\n\n", style="bold") + shown)
    return console.export_svg(theme=SVG_EXPORT_THEME, code_format=FRAME, unique_id="screen", font_aspect_ratio=0.6)


def page(before: str, shown: Text) -> str:
    """README.md with the text as it should be."""
    head, _, rest = before.partition(BEGIN)
    lines = "\n".join(line.rstrip() for line in shown.plain.split("\n"))
    return f"{head}{BEGIN}{lines}{END}{rest.partition(END)[2]}"


@click.command()
@click.option("--measure", "anew", is_flag=True, help="Measure the example anew before.")
def main(anew: bool) -> None:
    """Write the example of README.md, and the picture of it."""
    if anew:
        measure()
    shown = Text.from_ansi(screen())
    PAGE.write_text(page(PAGE.read_text(), shown))
    PICTURE.write_text(picture(shown))


if __name__ == "__main__":
    main()
