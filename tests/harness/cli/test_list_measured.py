"""What strategies are like, measured for real and kept: two short experiments."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.machine import lock
from harness.properties import asking, kept
from harness.properties.experiments import OWN_SLEEP, waiting
from tests.builders import Finished, flat

Cli = Callable[..., Finished]
MINE = "from harness.strategies.gevent import Gevent\n\n\nclass Mine(Gevent):\n    'Mine.'\n"
LIST = ("list", "strategies", "--measured", "-s", "sequential,gevent")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "FIXED", (OWN_SLEEP,))
    crowd = waiting(20)._replace(options=("seconds=0.01",))
    monkeypatch.setattr(asking, "crowds", lambda *_: [crowd])


def cells(done: Finished) -> dict[str, dict[str, Any]]:
    """The properties of each strategy."""
    assert done.returncode == 0, done.stderr
    return {one["name"]: one["properties"] for one in json.loads(done.stdout)["strategies"]}


def records() -> list[Path]:
    return sorted(kept.folder().glob("*.jsonl"))


def test_what_was_measured_is_kept_and_measured_again_when_asked(cli: Cli) -> None:
    first = cells(cli(*LIST, "--json", "-"))
    answers = {name: one["waits-own-sleep"]["finding"]["answer"] for name, one in first.items()}
    assert answers == {"sequential": "no", "gevent": "yes"}
    assert first["gevent"]["most-tasks"]["finding"]["value"] == 20
    assert first["gevent"]["threads"]["command"] == "python -m harness run -s gevent -W sleep --blocks 1 -r 3"
    runs = {cell["run"] for one in first.values() for cell in one.values() if cell["run"]}
    assert runs == {path.stem for path in records()}
    assert cells(cli(*LIST, "--json", "-")) == first  # nothing has to be measured
    assert "gevent yes, " in flat(cli(*LIST).stdout)
    with lock.machine(False, print):
        assert [cli(*LIST, *more).returncode for more in ((), ("--again",), ("-s", "greenlet"))] == [75, 75, 75]
    assert {cell["run"] for one in cells(cli(*LIST, "--again", "--json", "-")).values() for cell in one.values()} == {
        None, *(path.stem for path in records()[2:])
    }  # fmt: skip


def test_only_what_lacks_is_measured(cli: Cli) -> None:
    first = cells(cli(*LIST[:-1], "sequential", "--json", "-"))
    both = cells(cli(*LIST, "--json", "-"))
    assert both["sequential"] == first["sequential"]
    assert len(records()) == 4


@pytest.mark.slow
def test_a_damaged_record_is_said_and_measured_again(cli: Cli) -> None:
    cells(cli(*LIST, "--json", "-"))
    whole, torn = records()
    whole.write_bytes(b"\x00nonsense\n")
    torn.write_bytes(torn.read_bytes()[:-20])
    (kept.folder() / "a-folder.jsonl").mkdir()
    done = cli(*LIST)
    assert done.returncode == 0
    said = flat(done.stdout).replace(" ", "")  # paths are folded
    assert f"{whole}isnorecordofours:" in said
    assert f"{torn}has1damagedlines:notused,removeit" in said
    assert "a-folder.jsonlisafolder" in said
    assert len(records()) == 2 + 2 + 1


def test_a_strategy_of_a_file_is_measured_each_time(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    for number in (2, 4):
        assert cells(cli(*LIST[:-1], "./mine.py:Mine", "--json", "-"))
        assert len(records()) == number


def test_a_cell_that_failed_is_status_3_with_its_reason(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"{MINE}\n    def run(self, *_):\n        raise RuntimeError('no\\nluck')\n")
    done = cli(*LIST[:-1], "./mine.py:Mine")
    assert done.returncode == 3
    note = "./mine.py:Mine: its own sleep, threads, memory, at once: failed: RuntimeError: no luck at mine.py:8"
    assert note in flat(done.stdout)


def test_other_versions_have_a_folder_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    here = kept.folder()
    monkeypatch.setattr(kept.host, "versions", lambda: {"gevent": "1"})
    assert kept.folder() != here
