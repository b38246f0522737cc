"""What a user gets: the wheel, installed into an environment of its own beside the libraries of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import ROOT
from tests.environments import Environment, build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of our wheel and our sdist."""
    return build(ROOT, tmp_path_factory.mktemp("dist"), "wheel", "sdist")


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """An environment with our wheel, which no test changes."""
    environment = Environment(tmp_path_factory.mktemp("environment"))
    environment.install(wheel)
    return environment
