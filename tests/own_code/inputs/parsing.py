"""Nothing but work for the processor."""

import json

DOC = json.dumps([{"n": number, "t": "x" * 20} for number in range(200)])


def parse(index):
    for _ in range(20):
        json.loads(DOC)
    return index
