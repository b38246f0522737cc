"""psycopg2 with psycogreen's wait callback: it waits by the hub."""

# under: gevent-patched
# needs: postgres

import os

import psycopg2
from psycogreen.gevent import patch_psycopg

patch_psycopg()
CONNECTIONS = [psycopg2.connect(os.environ["CORPUS_POSTGRES"]) for _ in range(8)]


def task(index):
    with CONNECTIONS[index].cursor() as cursor:
        cursor.execute("select pg_sleep(0.04), 7")
        return cursor.fetchone()[1]
