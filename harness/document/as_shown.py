"""Samples as the rows of their document are. Pure."""

from __future__ import annotations

import msgspec

from harness.document.run import Run
from harness.record.sample import Sample


def as_shown(run: Run, sample: Sample) -> Sample:
    """A sample of a row that has no numbers (its values made it invalid, or it was cut off) has none either."""
    row = run.groups[sample.group].rows[sample.strategy]
    if sample.status != "ok" or row.status == "ok":
        return sample
    return msgspec.structs.replace(sample, status=row.status, reason=row.reason)
