"""Tasks that return work instead of doing it. Each would take 20 ms."""

import asyncio
import functools
import time
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(4)


class Job:
    def __init__(self, pause):
        self.pause = pause

    async def __call__(self, index):
        await asyncio.sleep(self.pause)
        return index

    async def method(self, index):
        await asyncio.sleep(self.pause)
        return index


class Blocking:
    def __call__(self, index):
        time.sleep(0.02)
        return index


class Waits:
    def __await__(self):
        return asyncio.sleep(0.02).__await__()


async def real(index):
    await asyncio.sleep(0.02)
    return index


def logged(function):
    def inner(*args):
        return function(*args)

    return inner


def nap(index):
    time.sleep(0.02)
    return index


def forwards(index):
    return real(index)


def chatty(index):
    yield index
    time.sleep(0.02)
    yield index


async def chatty_async(index):
    yield index
    await asyncio.sleep(0.02)


def ensure(index):
    return asyncio.ensure_future(real(index))


def listed(index):
    return [real(index), real(index)]


def submitted(index):
    return pool.submit(nap, index)


def mapped(index):
    return map(nap, [index])


def awaitable(index):
    return Waits()


async def twice(index):
    return real(index)


def greenlet(index):
    import gevent

    return gevent.spawn(gevent.sleep, 0.02)


async_job = Job(0.02)
blocking_job = Blocking()
short = lambda index: real(index)  # noqa: E731
partial = functools.partial(real)
decorated = logged(real)
bound = async_job.method
