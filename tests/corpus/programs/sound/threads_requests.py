"""Fetches with requests, a session for each thread."""

# under: threads
# tasks: 8

import requests
from slow_peers import slow_http

URL = f"http://127.0.0.1:{slow_http()}/"


def task(index):
    with requests.Session() as session:
        return session.get(URL, timeout=5).json()
