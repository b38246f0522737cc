"""What numbers of a record can be: what is beyond these nobody has measured. Types for its structs."""

from __future__ import annotations

from typing import Annotated

import msgspec

MOST_SECONDS, MOST = 1e9, 1 << 60
"""Thirty years, and a billion billions."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=MOST_SECONDS)]
Took = Annotated[float, msgspec.Meta(gt=0, le=MOST_SECONDS)]
"""What something took that was timed: never nothing."""
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Some = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Amount = Annotated[float, msgspec.Meta(ge=0, le=1e18)]
Signed = Annotated[float, msgspec.Meta(ge=-1e18, le=1e18)]
"""A difference of two readings."""
Switches = Annotated[int, msgspec.Meta(ge=-MOST, le=MOST)]
"""Those of a server's threads that ended went with them, and were missing in the second of two readings."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Limit = Annotated[float, msgspec.Meta(ge=0, lt=1)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
Run = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][\w.+-]{0,199}$(?!\n)")]
"""The name of a run, which is the name of a file. (`$` alone is before a line break at the end, too.)"""
