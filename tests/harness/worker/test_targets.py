"""What a target names, and under which name it is imported: folders of a user's, in the test's own interpreter."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.worker import targets
from harness.worker.targets import Usage, load

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Write a file of the user's; what it brings into the interpreter is gone after the test."""
    path, modules = list(sys.path), dict(sys.modules)

    def make(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    yield make
    sys.path[:] = path
    for name in sys.modules.keys() - modules.keys():
        del sys.modules[name]
    sys.modules.update(modules)
    importlib.invalidate_caches()


def test_a_file_is_a_module_of_its_stem(write: Write) -> None:
    file = write("my_jobs.py", "def task(index):\n    return __name__\n")
    assert load(f"{file}:task")(0) == "my_jobs"


def test_its_neighbours_can_be_imported(write: Write) -> None:
    write("my_prices.py", "VALUE = 7\n")
    file = write("my_jobs.py", "import my_prices\n\ndef task(index):\n    return my_prices.VALUE\n")
    assert load(f"{file}:task")(0) == 7


def test_a_file_of_a_package_is_imported_with_it(write: Write) -> None:
    write("my_package/__init__.py", "")
    write("my_package/prices.py", "VALUE = 7\n")
    write("my_package/sub/__init__.py", "")
    file = write(
        "my_package/sub/work.py", "from ..prices import VALUE\n\ndef task(index):\n    return __name__, VALUE\n"
    )
    assert load(f"{file}:task")(0) == ("my_package.sub.work", 7)


@pytest.mark.parametrize("name", ["random", "statistics", "requests", "gevent", "msgspec", "no-identifier"])
def test_a_file_that_is_called_like_a_library_does_not_hide_it(write: Write, name: str) -> None:
    before = sys.modules.get(name)
    file = write(f"{name}.py", "def task(index):\n    return __name__\n")
    assert load(f"{file}:task")(0) == f"the_user_s_{name.replace('-', '_')}"
    assert sys.modules.get(name) is before


@pytest.mark.parametrize("name", ["harness", "json", "trio"])
def test_a_package_that_is_called_like_a_library_keeps_its_relative_imports(write: Write, name: str) -> None:
    write(f"{name}/__init__.py", "")
    write(f"{name}/prices.py", "VALUE = 7\n")
    file = write(f"{name}/work.py", "from .prices import VALUE\n\ndef task(index):\n    return VALUE\n")
    assert load(f"{file}:task")(0) == 7
    assert load("harness.worker.targets:Usage") is Usage


@pytest.mark.parametrize("name", ["strategies", "workloads", "tests"])
def test_packages_called_like_folders_of_ours_are_the_users(write: Write, tmp_path: Path, name: str) -> None:
    for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
        del sys.modules[loaded]  # our own suite's
    write(f"{name}/__init__.py", "")
    write(f"{name}/work.py", "def task(index):\n    return __file__\n")
    targets.look_in([str(tmp_path)])
    importlib.invalidate_caches()
    assert load(f"{name}.work:task")(0) == str(tmp_path / name / "work.py")


METHODS = """
class Jobs:
    def __init__(self):
        self.base = 10

    def method(self, index):
        return self.base + index

    @classmethod
    def of_class(cls, index):
        return cls.__name__, index

    @staticmethod
    def static(index):
        return index


class Picky:
    def __init__(self, session):
        pass

    def method(self, index):
        return index


def plain(index):
    return index


plain.attribute = plain
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [("Jobs.method", 11), ("Jobs.of_class", ("Jobs", 1)), ("Jobs.static", 1), ("plain", 1), ("plain.attribute", 1)],
)
def test_a_name_may_have_dots(write: Write, name: str, value: object) -> None:
    file = write("my_jobs.py", METHODS)
    assert load(f"{file}:{name}")(1) == value


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("{folder}/nosuch.py:task", "there is no Python file .*nosuch.py"),
        ("{folder}/my_jobs.py:nosuch", "my_jobs.py has no nosuch"),
        ("{folder}/my_jobs.py:Jobs.nosuch", "my_jobs.py has no Jobs.nosuch"),
        ("{folder}/my_jobs.py:Picky.method", r"Picky.method needs an instance, and Picky\(\) is none"),
        ("nosuch_module:task", "there is no module nosuch_module$"),
        (
            "harness.nosuch:task",
            "there is no module harness.nosuch, and harness is .*harness/__init__.py; name your own by its file",
        ),
    ],
)
def test_what_is_not_there_is_said_in_a_line(write: Write, tmp_path: Path, target: str, text: str) -> None:
    write("my_jobs.py", METHODS)
    with pytest.raises(Usage, match=text):
        load(target.format(folder=tmp_path))


def test_a_module_that_the_users_file_lacks_is_not_taken_for_the_file(write: Write) -> None:
    file = write("my_jobs.py", "import nosuch_module\n")
    with pytest.raises(ModuleNotFoundError, match="nosuch_module"):
        load(f"{file}:task")


def test_a_file_that_failed_to_import_is_tried_again(write: Write) -> None:
    file = write("json.py", "raise ValueError\n")
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - the text is empty
            load(f"{file}:task")


@pytest.mark.parametrize(
    ("contract", "text"), [("contract = 1", ""), ("contract = 2", "version 2 of the contract, this program keeps 1")]
)
def test_a_class_of_another_contract_is_refused(write: Write, contract: str, text: str) -> None:
    body = f"from harness.strategies.sequential import Sequential\n\n\nclass Mine(Sequential):\n    {contract}\n"
    target = f"{write('my_strategy.py', body)}:Mine"
    if not text:
        targets.check_contract(target, load(target))
        return
    with pytest.raises(Usage, match=text):
        targets.check_contract(target, load(target))
