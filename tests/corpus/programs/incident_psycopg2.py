"""psycopg2 under gevent: the driver waits in C, patched or not (calpaterson/python-web-perf, psycopg/psycopg2#826)."""

# under: gevent, gevent-patched, asyncio
# needs: postgres

import os

import psycopg2

CONNECTIONS = [psycopg2.connect(os.environ["CORPUS_POSTGRES"]) for _ in range(8)]


def task(index):
    with CONNECTIONS[index].cursor() as cursor:
        cursor.execute("select pg_sleep(0.04), 7")  # FAULT waiting
        return cursor.fetchone()[1]


async def atask(index):
    return task(index)
