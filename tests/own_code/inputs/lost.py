"""A change that makes each task five times as slow, in a coroutine that nobody awaits."""

import asyncio


def lost(index):
    return asyncio.sleep(0.01)
