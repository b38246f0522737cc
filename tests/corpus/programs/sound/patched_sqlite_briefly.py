"""SQLite, whose calls block, for microseconds."""

# under: gevent-patched, asyncio, trio, threads
# tasks: 5

import sqlite3


def task(index):
    with sqlite3.connect(":memory:") as database:
        return database.execute("select ?", (index,)).fetchone()[0]


async def atask(index):
    return task(index)
