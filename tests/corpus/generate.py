"""Programs from tables: a row is a name, the runtimes under which it is a fault, and the body of a task."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from tests.corpus.case import AWAITING, Case, parsed

_SETS = {"loops": ("gevent", *AWAITING)}
_LIBRARIES = ("certifi", "httpx2", "requests", "urllib3")
_DEEPER = {
    "concurrent": "import concurrent.futures",
    "http": "import http.client",
    "urllib": "import urllib.request",
    "xml": "import xml.etree.ElementTree\nimport xml.parsers.expat",
    "xmlrpc": "import xmlrpc.client",
}
_OURS = ("planted", "slow_peers")
_ROW = re.compile(r"^## ([^\n]+) \[([^\n]+)\]\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def _names(folder: Path) -> dict[str, str]:
    """The module that defines each public name of ours."""
    found = {}
    for module in _OURS:
        for node in ast.parse((folder / f"{module}.py").read_text()).body:
            if isinstance(node, ast.FunctionDef):
                found[node.name] = module
            elif isinstance(node, ast.Assign):
                found.update({target.id: module for target in node.targets if isinstance(target, ast.Name)})
    return {name: module for name, module in found.items() if not name.startswith("_")}


def _imports(text: str, ours: dict[str, str]) -> str:
    """The import statements that a text needs."""
    names = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    used = sorted({node.id for node in names} - own)
    lines = [
        _DEEPER.get(name, f"import {name}") for name in used if name in {*sys.stdlib_module_names, *_LIBRARIES}
    ] + [f"from {ours[name]} import {name}" for name in used if name in ours]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.strip().splitlines())


def _program(table: str, name: str, under: str, text: str, ours: dict[str, str]) -> Case:
    runtimes = [one for word in under.split(", ") for one in _SETS.get(word, (word,))]
    setup, _, body = text.strip().rpartition("---\n")
    imports = _imports(f"{setup}\n{body}", ours)
    awaits = set(runtimes) <= set(AWAITING)
    work = f"async def atask(index):\n{_indented(body)}" if awaits else f"def task(index):\n{_indented(body)}"
    more = (
        "" if awaits or not set(runtimes) & set(AWAITING) else "\n\nasync def atask(index):\n    return task(index)\n"
    )
    head = f'"""{name}, of the table {table}."""\n\n# under: {", ".join(runtimes)}\n\n{imports}\n\n{setup}\n\n'
    return parsed(f"{table}_{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')}", f"{head}\n{work}{more}")


def tables(folder: Path, library: Path) -> list[Case]:
    """The programs of all tables of a folder."""
    ours = _names(library)
    return [
        _program(path.stem.replace("-", "_"), *row, ours)
        for path in sorted(folder.glob("*.txt"))
        for row in _ROW.findall(path.read_text())
    ]
