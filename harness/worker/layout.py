"""The file that a traced round fills: records of one size, then the names that they use. It is shared memory, so that
whatever ends the worker leaves what was seen; and it grows no further than this."""

from __future__ import annotations

import struct

KINDS = ("", "started", "waiting", "running", "note", "finished", "switch", "strand", "cut", "remark")
STARTED, WAITING, RUNNING, NOTE, FINISHED, SWITCH, STRAND, CUT, REMARK = range(1, len(KINDS))
"""A `switch` is from the strand of the record to that in place of its task; a `strand` gives one its name; after a
`cut` only the end of that task is kept; a `remark` is about the trace itself."""

HEADER = struct.Struct(f"<d{len(KINDS)}Q")
"""When the round began, by the clock that all processes share; how many there were of each kind, kept or not."""
RECORD = struct.Struct("<diiIIBB2x")
"""Seconds since the round began, strand, task (-1: none), name, place (0: none), kind, whether a wait held the thread
on which others might have run."""
NAME = struct.Struct("<H158s")
"""Bytes of a name in UTF-8, and as many of them as there is room for; the first is none."""

ALWAYS = 6
"""Events of a task that are kept however many there are of others."""
MOST_TASKS = 8192
"""Tasks whose events are kept: of more, every second, third or so on."""
MOST_MORE, MOST_SWITCHES, MOST_STRANDS = 65_536, 32_768, 8192
MOST_RECORDS = MOST_TASKS * (ALWAYS + 2) + MOST_MORE + MOST_SWITCHES + 2 * MOST_STRANDS
MOST_NAMES = 16_384
RECORDS_AT = HEADER.size
NAMES_AT = RECORDS_AT + MOST_RECORDS * RECORD.size
BYTES = NAMES_AT + MOST_NAMES * NAME.size


def step(tasks: int) -> int:
    """Every which task is kept."""
    return -(-tasks // MOST_TASKS)
