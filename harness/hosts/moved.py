"""A plan whose files lie in other folders: those that were sent with it. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from harness.record.plan import Plan, Variant

Folders = Mapping[str, str]
"""Where what lay in a folder lies now."""


def moved(place: str, folders: Folders) -> str:
    """A path, or a target that begins with one, where it is now; the innermost folder counts."""
    held = [one for one in folders if f"{place}/".startswith(f"{one}/")]
    inner = max(held, key=len, default=None)
    return place if inner is None else folders[inner] + place[len(inner) :]


def plan_moved(plan: Plan, folders: Folders) -> Plan:
    """The plan with its targets and variants where they are now."""
    strategies = [
        msgspec.structs.replace(one, target=moved(one.target, folders), variant=_variant_moved(one.variant, folders))
        for one in plan.strategies
    ]
    groups = [msgspec.structs.replace(one, target=moved(one.target, folders)) for one in plan.groups]
    return msgspec.structs.replace(plan, strategies=strategies, groups=groups)


def _variant_moved(variant: Variant | None, folders: Folders) -> Variant | None:
    if variant is None or variant.root is None or variant.instead_of is None:
        return variant
    root, instead_of = moved(variant.root, folders), moved(variant.instead_of, folders)
    return msgspec.structs.replace(variant, root=root, instead_of=instead_of)


def paths_moved(paths: list[str], folders: Folders) -> list[str]:
    """Those folders that were sent, or lie in one that was, where they are now."""
    found = {path: moved(path, folders) for path in paths}
    return [now for path, now in found.items() if now != path and os.path.isdir(now)]
