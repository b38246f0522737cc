"""The JSON schemas in docs/, made from the documents' types: `python -m tests.schema` writes them; tests hold every
document to them."""

from __future__ import annotations

import copy
import inspect
import json
from typing import Any

import jsonschema
import msgspec

from harness.advise.document import Advice
from harness.document.beside import Comparison
from harness.document.gate import Gate
from harness.document.history import History
from harness.document.run import Run
from harness.document.sweep import Sweep
from harness.record.plan import SCHEMA
from harness.tracing.document import Trace
from tests.builders import ROOT

TYPES: dict[str, type[msgspec.Struct]] = {
    "run": Run,
    "compare": Comparison,
    "gate": Gate,
    "history": History,
    "sweep": Sweep,
    "trace": Trace,
    "advise": Advice,
}
OF_COMMAND = {
    "run": "run", "show": "run", "compare": "compare", "gate": "gate", "history": "history", "sweep": "sweep",
    "trace": "trace", "advise": "advise",
}  # fmt: skip
FILES = {kind: ROOT / "docs" / f"schema-{SCHEMA}{'' if kind == 'run' else f'-{kind}'}.json" for kind in TYPES}


def text(kind: str) -> str:
    """The file of a kind of document."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"harness {kind} --json"}
    schema = msgspec.json.schema(TYPES[kind])
    for one in schema["$defs"].values():
        if "description" in one:  # from Python 3.13 on docstrings have no indent
            one["description"] = inspect.cleandoc(one["description"])
    return json.dumps(about | schema, indent=2) + "\n"


def hold(said: Any, kind: str) -> None:
    """Assert that a document is what its schema says, has nothing more, and lacks nothing that this program writes.
    (What has a default may be missing in a document of an older program only.)"""
    jsonschema.validate(said, closed(json.loads(FILES[kind].read_text())))


def closed(schema: Any) -> Any:
    schema = copy.deepcopy(schema)
    for one in schema["$defs"].values():
        if "properties" in one:
            one["additionalProperties"] = False
            one["required"] = [name for name in one["properties"] if _always(one, name)]
    return schema


def _always(schema: dict[str, Any], name: str) -> bool:
    return name in schema["required"] or "default" in schema["properties"][name]


if __name__ == "__main__":
    for kind, path in FILES.items():
        path.write_text(text(kind))
