"""A view that reads a small table row by row through SQLite: many short calls, long in sum
(blacklanternsecurity/bbot#1884)."""

# under: asyncio, uvloop, trio, gevent, gevent-patched

import sqlite3

DATABASE = sqlite3.connect(":memory:", check_same_thread=False)
DATABASE.execute("create table orders (number integer, customer integer)")
DATABASE.executemany("insert into orders values (?, ?)", ((i, i % 100) for i in range(20_000)))
ORDERS = "select number from orders where customer = ? order by number desc"


def orders_of(customer):
    rows = DATABASE.execute(ORDERS, (customer,))  # FAULT either
    return rows.fetchall()


def task(index):
    return [orders_of(customer) for customer in range(160)]


async def atask(index):
    return task(index)
