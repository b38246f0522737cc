"""Records, documents and frames that something has changed: read, and shown where they can be read."""

from __future__ import annotations

import copy
import json
import random
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from harness.document import stored
from harness.document.comparison import compare
from harness.document.gate import Gate
from harness.document.history import History
from harness.document.make import document
from harness.document.past import Past
from harness.gate import shards
from harness.gate.decide import judge
from harness.history.series import of_record, of_run, series
from harness.page import exported, histories, runs
from harness.page.source import Source
from harness.record import store
from harness.record.lines import encode
from harness.record.sample import Record
from harness.report import comparison as comparisons
from harness.report import export, history, screen, table
from harness.report import gate as gates
from harness.worker.frames import Frames
from tests import records

CORPUS: dict[str, Callable[[], Record]] = {
    "client": records.client, "alone": records.alone, "statuses": records.every_status, "counted": records.counted,
    "variants": records.variants, "server": records.server, "rate": lambda: records.server(1000.0),
    "capacity": lambda: records.server(slo=0.01), "gate": records.gated,
}  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 1 << 31, 1 << 63, 1 << 200, -(1 << 63), 0.0, -0.5, 1e-300, 1e308, -1e308, "", "x",
    "\x1b[31m", "\ud800", "::error::x", "=1+1", "a" * 5000, "sleep", "ok", "failed", [], {}, [[]], [None], {"": None},
    {"a": {"b": []}}, [1, "x"], "99999999999999999999", "2026-01-01T00:00:00+00:00",
)  # fmt: skip


@cache
def lines(name: str) -> list[dict[str, Any]]:
    """The lines of a record of the corpus, few of its samples, without checksums."""
    record = CORPUS[name]()
    few = msgspec.structs.replace(record, samples=[one for one in record.samples if one.block < 4])
    return [json.loads(encode(line).rpartition(b',"crc32"')[0] + b"}") for line in store.lines_of(few)]


def written(taken: list[Any]) -> bytes:
    """Lines as a record has them, with right checksums."""
    bodies = [json.dumps(line).encode()[:-1] for line in taken]
    return b"".join(body + f',"crc32":"{zlib.crc32(body):08x}"}}\n'.encode() for body in bodies)


def mutated(drawn: random.Random, value: Any) -> Any:
    """The same, with one to three of its parts changed, dropped or doubled."""
    changed = json.loads(json.dumps(value))
    for _ in range(drawn.randint(1, 3)):
        holders = [one for one in _holders(changed) if len(one)]
        holder = drawn.choice(holders)
        key: Any = drawn.choice(list(holder)) if isinstance(holder, dict) else drawn.randrange(len(holder))
        how = drawn.random()
        if how < 0.75:
            holder[key] = copy.deepcopy(drawn.choice(ODD))
        elif how < 0.9:
            del holder[key]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[str(drawn.choice(ODD))[:20]] = copy.deepcopy(holder[key])
        if not isinstance(changed, dict | list) or not any(len(one) for one in _holders(changed)):
            break
    return changed


def _holders(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for one in value.values() if isinstance(value, dict) else value:
            yield from _holders(one)


def torn(drawn: random.Random, raw: bytes) -> bytes:
    """Some bytes flipped, cut off, doubled or put in."""
    data = bytearray(raw)
    for _ in range(drawn.randint(1, 4)):
        at = drawn.randrange(max(1, len(data)))
        how = drawn.randrange(4)
        if how == 0 and data:
            data[at] ^= 1 << drawn.randrange(8)
        elif how == 1:
            del data[at : at + drawn.randrange(1, 200)]
        elif how == 2:
            data[at:at] = data[at : at + drawn.randrange(1, 200)]
        else:
            data[at:at] = drawn.randbytes(drawn.randrange(1, 9))
    return bytes(data)


def a_record(drawn: random.Random, file: Path) -> None:
    """Read a record, half of them with right checksums, and show it in one way."""
    whole = lines(drawn.choice(list(CORPUS)))
    if drawn.random() < 0.5:
        changed = list(whole)
        place = 0 if drawn.random() < 0.4 else drawn.randrange(len(whole))
        changed[place] = mutated(drawn, whole[place])
        file.write_bytes(written(changed))
    else:
        file.write_bytes(torn(drawn, written(whole)))
    store.read_header(file)
    record = store.read(file)
    SHOWN[drawn.choice(list(SHOWN))](record)


def _history(record: Record) -> None:
    found = series([of_record(record)] * 3)
    history.tables(History(series=found), 80, verbose=True)
    histories.page(History(series=found))


SHOWN: dict[str, Callable[[Record], Any]] = {
    "screen": lambda record: screen.screen(document(record, pairs=True)),
    "tables": lambda record: table.tables(document(record), "github", verbose=True),
    "page": lambda record: runs.page([Source(document(record), b"")]),
    "charts": lambda record: [exported.svg(one) for one in exported.of_run(document(record), None)],
    "exports": lambda record: [make(record, list(export.measured(record))) for make in export.FORMATS.values()],
    "gate": lambda record: gates.screen(judge(record, "time", lambda workload, strategy: 0.05)),
    "compare": lambda record: comparisons.screen(compare(record, record, Past([], [], {}, []))),
    "history": _history,
    "json": lambda record: msgspec.json.encode(document(record)),
}


def a_document(drawn: random.Random, file: Path) -> None:
    """Read what `--json` wrote, and show it."""
    said = json.loads(msgspec.json.encode(document(store.record_of(*_record(drawn)))))
    file.write_bytes(json.dumps(mutated(drawn, said)).encode())
    run = stored.read(file)
    for show in (screen.screen, table.tables, lambda run: runs.page([Source(run, None)]), lambda run: of_run(run)):
        show(run)


def _record(drawn: random.Random) -> tuple[Any, list[Any]]:
    record = CORPUS[drawn.choice(list(CORPUS))]()
    return record.header, store.lines_of(record)


def part_of(number: int, of: int) -> bytes:
    """A part of a gate, whole."""
    made = records.gated()
    record = msgspec.structs.replace(made, header=msgspec.structs.replace(made.header, run=f"r{number}"))
    lines = shards.lines(record)
    kept = shards.Shard(number, of, of * len({one.block for one in record.samples}), lines, shards.crc32(lines))
    gate = judge(record, "time", lambda workload, strategy: 0.05)
    return msgspec.json.encode(msgspec.structs.replace(gate, shard=kept))


def changed(drawn: random.Random, raw: bytes) -> bytes:
    """JSON with some of its parts changed."""
    return json.dumps(mutated(drawn, json.loads(raw))).encode()


def a_part(drawn: random.Random, file: Path) -> None:
    """Read a part of a gate."""
    file.write_bytes(changed(drawn, part_of(1, 1)))
    shards.merged([shards.part(file.name, store.read_document(file, Gate, "part of a gate"))])


def a_frame(drawn: random.Random, file: Path) -> None:
    """Take what a worker might send."""
    body = json.dumps(mutated(drawn, {"answer": "round", "values": [1, 2.5], "facts": {"loop": None}})).encode()
    frame = len(body).to_bytes(4) + zlib.crc32(body).to_bytes(4) + body
    frames = Frames()
    frames.feed(frame if drawn.random() < 0.5 else torn(drawn, frame))
    while frames.take() is not None:
        pass


EVERY = ((a_record, 0.75), (a_document, 0.1), (a_part, 0.05), (a_frame, 0.1))
