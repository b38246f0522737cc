"""The wheel: what it holds, and that it gets on with a project whose packages have general names."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.builders import LOOK, ROOT
from tests.environments import Environment, build

GENERAL = ("strategies", "workloads", "tests")


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    """The files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_it_holds_our_package_and_what_pytest_loads(names: list[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"harness", "concurrency_harness_pytest", "concurrency_harness-0.1.0.dist-info"}
    assert not [name for name in names if "test" in name.split("/") or name.startswith("harness/pytest11")]
    assert "harness/py.typed" in names


@pytest.mark.parametrize("folder", ["strategies", "workloads"])
def test_what_lies_at_the_top_of_the_tree_is_in_the_package(names: list[str], folder: str) -> None:
    here = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*.py")}
    assert here == {name.removeprefix("harness/") for name in names if name.startswith(f"harness/{folder}/")}


def test_the_sdist_builds_the_same_wheel(built: Path, names: list[str], tmp_path: Path) -> None:
    (packed,) = built.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    (again,) = build(tree, tmp_path / "dist", "wheel").glob("*.whl")
    with zipfile.ZipFile(again) as archive:
        assert archive.namelist() == names


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of somebody's that installs packages of general names."""
    folder = tmp_path_factory.mktemp("project")
    for name in GENERAL:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("MINE = True\n")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "theirs"\nversion = "1"\n'
        f"[tool.hatch.build.targets.wheel]\npackages = {list(GENERAL)}\n"
    )
    (theirs,) = build(folder, folder / "dist", "wheel").glob("*.whl")
    return theirs


def ours_works(environment: Environment, folder: Path) -> bool:
    asked = ("run", "-s", "sequential", "-W", "noop", "--tasks", "1", *LOOK)
    return environment.run(folder, "harness", *asked).returncode == 0


def where_ours_is(environment: Environment, folder: Path) -> Path:
    return Path(environment.run(folder, "python", "-c", "import harness; print(harness.__file__)").stdout).parents[1]


def theirs_works(environment: Environment, folder: Path) -> bool:
    asked = f"import {', '.join(GENERAL)}; assert all(one.MINE for one in ({', '.join(GENERAL)}))"
    return environment.run(folder, "python", "-c", asked).returncode == 0


@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.parametrize("gone", ["ours", "theirs"])
def test_ours_and_theirs_come_and_go_in_either_order(
    wheel: Path, project: Path, tmp_path: Path, first: str, gone: str
) -> None:
    environment = Environment(tmp_path / "environment")
    for place in (wheel, project) if first == "ours" else (project, wheel):
        environment.install(place)
    assert where_ours_is(environment, tmp_path) == environment.site
    assert ours_works(environment, tmp_path)
    assert theirs_works(environment, tmp_path)
    environment.remove("concurrency-harness" if gone == "ours" else "theirs")
    if gone == "ours":
        assert theirs_works(environment, tmp_path)
        assert not [*environment.site.glob("harness*"), *environment.site.glob("concurrency*")]
        assert not (environment.bin / "harness").exists()
    else:
        assert ours_works(environment, tmp_path)
        assert not any((environment.site / name).exists() for name in GENERAL)
