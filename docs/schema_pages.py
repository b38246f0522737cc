"""The directive `json-schema`: a table for each type of a JSON schema in docs/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

Schema = dict[str, Any]


class JsonSchema(SphinxDirective):
    """`{json-schema} FILE`: what documents of that schema hold."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        file = Path(self.env.srcdir) / self.arguments[0]
        self.env.note_dependency(str(file))
        schema = json.loads(file.read_text())
        return self.parse_text_to_nodes("\n".join(page(schema, file.stem)), allow_section_headings=True)


def page(schema: Schema, prefix: str) -> Iterator[str]:
    """Lines of Markdown: a heading and a table for each type, the document itself first."""
    top = schema["$ref"].rpartition("/")[2]
    for name in sorted(schema["$defs"], key=lambda name: (name != top, name)):
        if "properties" in schema["$defs"][name]:
            yield from table(name, schema["$defs"][name], prefix)


def table(name: str, of: Schema, prefix: str) -> Iterator[str]:
    yield from [f"({prefix}-{name})=", f"### {name}", "", *of.get("description", "").splitlines(), ""]
    yield from ["| field | type | may be missing |", "|---|---|---|"]
    for field, value in of["properties"].items():
        yield f"| `{field}` | {kind(value, prefix)} | {'' if field in of.get('required', []) else 'yes'} |"
    yield ""


def kind(value: Schema, prefix: str) -> str:
    """A type in words, with a link to the table of another."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{prefix}-{name})"
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(kind(one, prefix) for one in value["anyOf"]))
    if "enum" in value:
        return ", ".join(f"`{json.dumps(one)}`" for one in value["enum"])
    if value.get("type") == "array":
        return f"list of {kind(value['items'], prefix)}" if value.get("items") else "list"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return f"object of {kind(inner, prefix)}" if isinstance(inner, dict) and inner else "object"
    return str(value.get("type", "anything"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("json-schema", JsonSchema)
    return {"parallel_read_safe": True}
