"""Tasks that log megabytes, print odd bytes, warn, and close their streams."""

import contextlib
import logging
import os
import sys
import time
import warnings

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)


def shouts(index):
    for number in range(200):
        logging.debug("request %d of task %d %s", number, index, "x" * 200)
    print("\x1b[31mred\x1b[0m", "ü" * 20, flush=True)
    sys.stdout.buffer.write(b"\xff\xfe\n")
    time.sleep(0.01)
    return index


def warns(index):
    warnings.warn(f"unverified request {index}", stacklevel=1)
    time.sleep(0.01)
    return index


def strict(index):
    warnings.simplefilter("error")
    time.sleep(0.01)
    return index


def closes_streams(index):
    sys.stdout.close()
    sys.stderr.close()
    time.sleep(0.01)
    return index


def by_descriptor(index):
    os.write(1, b'{"kind": "done"}\n\x00\x00\x00\x02{}')
    os.write(2, b"\x07\x1b]0;title\x07")
    time.sleep(0.01)
    return index


def closes_descriptors(index):
    for number in (0, 1, 2):
        with contextlib.suppress(OSError):
            os.close(number)
    time.sleep(0.01)
    return index


def replaces_stdout(index):
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    time.sleep(0.01)
    return index
