"""Text that is read and written."""

import json

DOCUMENT = json.dumps([{"number": number, "title": "x" * 20} for number in range(500)])


def task(index):
    return sum(len(json.dumps(json.loads(DOCUMENT))) for _ in range(10))
