"""What [tool.harness] may say: the long names of options of `run`, and the limits of gates."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from harness.errors import HarnessError
from harness.plan.files import parted, split, target
from harness.plan.request import Target

Words = str | list[str]
Count = Annotated[int, msgspec.Meta(ge=1)]
Natural = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much worse a candidate may be, as a share, of what it names."""

    limit: Share
    workload: str | None = None
    strategy: str | None = None
    metric: str | None = None

    def names(self) -> dict[str, str]:
        """What it is for; nothing at all is everything."""
        named = {"workload": self.workload, "strategy": self.strategy, "metric": self.metric}
        return {name: value for name, value in named.items() if value is not None}


class GateSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[tool.harness.gate]."""

    limits: list[Limit] = []


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """[tool.harness]: what is not said is None."""

    strategy: Words | None = None
    workload: Words | None = None
    param: Words | None = None
    tasks: Count | None = None
    concurrency: Count | None = None
    variant: Words | None = None
    reference: str | None = None
    rounds: Count | None = None
    blocks: Count | None = None
    warmup: Natural | None = None
    max_time: Seconds | None = None
    precision: Share | None = None
    margin: Share | None = None
    timeout: Seconds | None = None
    memory_limit: str | None = None
    silence: Seconds | None = None
    values: str | None = None
    quick: bool | None = None
    fresh: bool | None = None
    allow_failures: str | float | None = None
    seed: Natural | None = None
    pin: str | None = None
    name: str | None = None
    count: str | None = None
    count_with: str | None = None
    find_capacity: bool | None = None
    slo: str | None = None
    on: str | None = None
    server_on: str | None = None
    load_from: str | None = None
    mixed_hosts: bool | None = None
    install: bool | None = None
    ssh: str | None = None
    insecure: bool | None = None
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    wait: bool | float | None = None
    quiet: bool | None = None
    color: str | None = None
    results: str | None = None
    format: str | None = None
    json: str | None = None
    report: str | None = None
    verbose: bool | None = None
    gate: GateSettings = GateSettings()

    def options(self, folder: Path) -> dict[str, Any]:
        """What is said, by the long names of options; relative paths begin in a folder (that of the file)."""
        said = {
            name: value
            for name, field in zip(self.__struct_encode_fields__, self.__struct_fields__, strict=True)
            if field != "gate" and (value := getattr(self, field)) is not None
        }
        for kind in ("strategy", "workload"):
            if kind in said:
                said[kind] = [
                    _placed(kind, word, folder) for words in _listed(said[kind]) for word in parted(words, folder)
                ]
        if "param" in said:
            said["param"] = _listed(said["param"])
        if "variant" in said:
            said["variant"] = [_placed_variant(text, folder) for text in _listed(said["variant"])]
        for path in ("results", "json", "report", "tls-ca", "tls-cert", "tls-key"):
            if said.get(path, "-") != "-":
                said[path] = str(folder / said[path])
        return said


def decoded(table: dict[str, Any], file: Path) -> Settings:
    """The settings. Raises HarnessError, in a line that names the file, where they are wrong."""
    try:
        found = msgspec.convert(table, Settings)
    except msgspec.ValidationError as error:
        raise HarnessError(_explained(str(error), file)) from None
    for name, value in table.items():
        if _has_nul(value):
            raise HarnessError(f"{file}: [tool.harness] {name}: a text without NUL, which no name of a file has")
    for name in ("max_time", "timeout", "silence"):
        if not math.isfinite(getattr(found, name) or 0.0):
            raise HarnessError(f"{file}: [tool.harness] {name.replace('_', '-')}: a finite number of seconds")
    return found


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_nul, value.values() if isinstance(value, dict) else value))
    return isinstance(value, str) and "\0" in value


def limit(limits: Sequence[Limit], workload: str, strategy: str, metric: str) -> float | None:
    """The limit of the entry that names most of these, and nothing else."""
    about = {"workload": workload, "strategy": strategy, "metric": metric}.items()
    fitting = [one for one in limits if one.names().items() <= about]
    best = max(fitting, key=lambda one: len(one.names()), default=None)
    return best.limit if best else None


def _explained(wrong: str, file: Path) -> str:
    """A sentence about a setting, of what msgspec says about a value."""
    said, _, place = wrong.partition(" - at `$.")
    place = place.rstrip("`")
    if unknown := re.search(r"unknown field `(.*)`", said):
        name = unknown[1]
        near = difflib.get_close_matches(name, Settings.__struct_encode_fields__, 1)
        table = f"tool.harness.{place}" if place else "tool.harness"
        said = f"[{table}] has no {name!r}" + (f": did you mean {near[0]}?" if near and not place else "")
    else:
        for theirs, toml in WORDS:
            said = said.replace(theirs, toml)
        said = f"[tool.harness] {place}: {said[:1].lower()}{said[1:]}"
    return f"{file}: {said}{LIMITS if place.startswith('gate') else ''}"


WORDS = (("`", ""), (" | null", ""), ("Object", "table"), ("object", "table"), ("array", "list"), ("str", "text"))
"""What msgspec calls JSON's things, and what they are called in TOML."""
LIMITS = (
    "; each of [[tool.harness.gate.limits]] has limit = 0.05 and what it is for: a workload, a strategy, a metric, "
    "or several of them"
)


def _listed(words: Words) -> list[str]:
    return [words] if isinstance(words, str) else words


def _placed(kind: str, word: str, folder: Path) -> str | Target:
    """A strategy or workload; one in a file keeps the name that it has in the settings, wherever we are."""
    if folder == Path() or split(word) is None:
        return word
    found = target(kind, word, folder)
    return Target(*found) if found else word


def _placed_variant(text: str, folder: Path) -> str:
    """A variant whose folders and interpreters begin in a folder, where they are relative."""
    if folder == Path():
        return text
    return re.sub(
        r"(?<=[=,])(path:(?![/~])|(?:python|pip):(?=\.{1,2}(?:/|,|$)))", lambda found: f"{found[0]}{folder}/", text
    )
