"""Every table as it is printed, of rows of every kind: nothing is started or measured."""

from __future__ import annotations

import pytest

from tests.screens import FOLDER, SCREENS


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_it_was(name: str) -> None:
    assert SCREENS[name]() + "\n" == (FOLDER / f"{name}.txt").read_text()


def test_each_stored_screen_is_compared() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(SCREENS)
