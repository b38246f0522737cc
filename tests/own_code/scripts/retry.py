"""Tries again, a little later each time."""

import time


def flaky(attempt):
    if attempt < 3:
        raise ConnectionError("not yet")
    return attempt


def task(index):
    for attempt in range(5):
        try:
            return flaky(attempt)
        except ConnectionError:
            time.sleep(0.003 * 2**attempt)
    raise TimeoutError
