"""Nothing but work for the processor."""

import hashlib


def task(index):
    digest = b"x"
    for _ in range(10_000):
        digest = hashlib.sha256(digest).digest()
    return digest.hex()
