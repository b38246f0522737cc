"""The other tools are set up as they have to be: each speaks of a plain block, and of nothing where nobody blocks."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.corpus.beside import main, one, table
from tests.corpus.case import parsed
from tests.corpus.opponents import TOOLS
from tests.corpus.results import Asked

BLOCKS = """# under: gevent, asyncio
import time

def task(index):
    time.sleep(0.2)  # FAULT waiting

async def atask(index):
    time.sleep(0.2)  # OR
"""
SOUND = """# under: gevent, asyncio

def task(index):
    return index

async def atask(index):
    return index
"""


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_says_what_it_can(tool: str) -> None:
    runtime = TOOLS[tool][1][0]
    found, none = (one(Asked(tool, parsed("case", text), runtime)) for text in (BLOCKS, SOUND))
    assert (found.reason, none.reason) == (None, None)
    assert found.verdict.right == (tool != "asyncio debug")  # it names where the coroutine begins
    assert found.verdict.right or found.verdict.false
    assert not none.verdict.false
    assert len(table([found, none]).splitlines()) == 3


def test_a_tool_that_fails_is_no_verdict() -> None:
    result = one(Asked("aiocop", parsed("broken", "# under: asyncio\nraise ValueError('no')\n"), "asyncio"))
    assert result.reason is not None
    assert "ValueError: no" in result.reason


@pytest.mark.slow
def test_one_command_makes_the_table(tmp_path: Path) -> None:
    where = ["--file", f"{tmp_path}/beside", "--explained", f"{tmp_path}/explained"]
    asked = ["--only", "async251_time_sleep", "--runtime", "asyncio", "--tool", "pyleak", *where]
    first, again = (CliRunner().invoke(main, asked, catch_exceptions=False).output for _ in range(2))
    rows = [line.split("  ")[0] for line in first.splitlines()[2:]]
    assert (rows, again) == (["explain, asyncio", "pyleak, asyncio"], first)
    assert [len(file.read_text().splitlines()) for file in tmp_path.iterdir()] == [1, 1]
