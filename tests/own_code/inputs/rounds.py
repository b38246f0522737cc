"""Tasks whose first round is not like the others."""

import functools
import os
import sqlite3
import time
from pathlib import Path

todo = list(range(8))
pages = {}
numbers = [(number * 7919) % 200_003 for number in range(200_000)]


def used_up(index):
    while todo:
        todo.pop()
        time.sleep(0.01)
    return index


@functools.cache
def cached(index):
    time.sleep(0.05)
    return index


def warmed(index):
    if index not in pages:
        time.sleep(0.05)
        pages[index] = index
    return pages[index]


def sorts(index):
    numbers.sort()
    time.sleep(0.001)
    return index


def written(index):
    path = Path(f"page-{os.getpid()}-{index}")
    if not path.exists():
        time.sleep(0.05)
        path.write_text("x")
    return index


def grows(index):
    """Slower each time."""
    pages[len(pages)] = index
    time.sleep(0.004 * len(pages))
    return index


def inserts(index):
    """Other values in each round."""
    with sqlite3.connect(f"{os.getpid()}.db") as database:
        database.execute("create table if not exists job (id integer primary key)")
        return database.execute("insert into job default values").lastrowid


def steady(index):
    time.sleep(0.02)
    return index
