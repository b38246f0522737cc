"""Tasks that fail, each in another way."""

import asyncio


async def page(number):
    await asyncio.sleep(0.001)
    raise ValueError(f"page {number} has no title")


async def grouped(index):
    async with asyncio.TaskGroup() as group:
        group.create_task(page(index))


async def grouped_twice(index):
    async with asyncio.TaskGroup() as group:
        group.create_task(grouped(index))


def refused(index):
    import requests

    return requests.get("http://127.0.0.1:9/", timeout=1).status_code


class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def odd(index):
    raise Odd


def cancelled(index):
    raise asyncio.CancelledError


def stops(index):
    raise StopIteration(index)


def interrupts(index):
    raise KeyboardInterrupt


def assertion(index):
    assert index == 99


def parsed(text):
    try:
        return int(text)
    except ValueError as error:
        raise RuntimeError("the configuration is wrong") from error


def wrapped(index):
    return parsed("three")


def in_library(index):
    import json

    return json.loads("{index")


def many_groups(index):
    raise ExceptionGroup("all", [ExceptionGroup("some", [KeyError("title")]), OSError(2, "not there")])


def long_text(index):
    raise ValueError("x" * 50_000_000)


def lines(index):
    raise ValueError("first\nsecond\nthird")
