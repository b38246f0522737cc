"""A plan whose files lie in other folders: those that were sent with it. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from harness.record.plan import Plan

Folders = Mapping[str, str]
"""Where what lay in a folder lies now."""


def moved(place: str, folders: Folders) -> str:
    """A path, or a target that begins with one, where it is now; the innermost folder counts."""
    held = [one for one in folders if f"{place}/".startswith(f"{one}/")]
    inner = max(held, key=len, default=None)
    return place if inner is None else folders[inner] + place[len(inner) :]


def plan_moved(plan: Plan, folders: Folders) -> Plan:
    """The plan with its targets where they are now."""
    strategies = [msgspec.structs.replace(one, target=moved(one.target, folders)) for one in plan.strategies]
    groups = [msgspec.structs.replace(one, target=moved(one.target, folders)) for one in plan.groups]
    return msgspec.structs.replace(plan, strategies=strategies, groups=groups)


def paths_moved(paths: list[str], folders: Folders) -> list[str]:
    """Those folders that were sent, or lie in one that was, where they are now."""
    found = {path: moved(path, folders) for path in paths}
    return [now for path, now in found.items() if now != path and os.path.isdir(now)]
