"""Each kind of finding, in programs that people write, under the strategies where it is a fault; and sound programs."""

from pathlib import Path

import pytest

from tests.sampled import fault, findings

LOOP = ("asyncio", "uvloop")
SEMAPHORE = """
    import {library}
    slots = {semaphore}
    {define} task(index):
        {enter} slots:  # FAULT
            {wait}
"""
ASYNCIO = {"library": "asyncio", "define": "async def", "enter": "async with", "wait": "await asyncio.sleep(0.15)"}
TRIO = {"library": "trio", "define": "async def", "enter": "async with", "wait": "await trio.sleep(0.15)"}
GEVENT = {"library": "gevent, gevent.lock", "define": "def", "enter": "with", "wait": "gevent.sleep(0.15)"}
THREADS = {"library": "threading, time", "define": "def", "enter": "with", "wait": "time.sleep(0.15)"}
SEMAPHORES = [
    ("asyncio", ASYNCIO, "asyncio.Semaphore(3)", 3),
    ("uvloop", ASYNCIO, "asyncio.BoundedSemaphore(3)", 3),
    ("asyncio", ASYNCIO, "asyncio.Lock()", 1),
    ("trio", TRIO, "trio.Semaphore(3)", 3),
    ("trio", TRIO, "trio.CapacityLimiter(3)", 3),
    ("gevent", GEVENT, "gevent.lock.BoundedSemaphore(3)", 3),
    ("gevent", GEVENT, "gevent.lock.Semaphore(3)", 3),
    ("gevent-patched", THREADS, "threading.Semaphore(3)", 3),
    ("gevent-patched", THREADS, "threading.Lock()", 1),
    ("threads", THREADS, "threading.BoundedSemaphore(3)", 3),
    ("threads", THREADS, "threading.Lock()", 1),
]


@pytest.mark.parametrize(("strategy", "words", "semaphore", "through"), SEMAPHORES)
def test_a_semaphore_or_lock_that_lets_few_through(
    strategy: str, words: dict[str, str], semaphore: str, through: int, tmp_path: Path
) -> None:
    text = SEMAPHORE.format(semaphore=semaphore, **words)
    tasks = through * 3
    (found,) = [one for one in findings(strategy, tmp_path, text, tasks) if one.kind == "limit"]
    assert (found.file, found.line) == ("my_jobs.py", fault(text))
    assert f"lets {through} through at once" in found.text


@pytest.mark.parametrize(("strategy", "words", "semaphore", "through"), SEMAPHORES[::3])
def test_one_that_makes_nobody_wait(
    strategy: str, words: dict[str, str], semaphore: str, through: int, tmp_path: Path
) -> None:
    assert findings(strategy, tmp_path, SEMAPHORE.format(semaphore=semaphore, **words), through) == []


EXECUTORS = {
    "asyncio.to_thread": ("asyncio", """
        import asyncio, time
        from concurrent.futures import ThreadPoolExecutor
        async def task(index):
            asyncio.get_running_loop().set_default_executor(POOL)
            await asyncio.to_thread(time.sleep, 0.15)  # FAULT
        POOL = ThreadPoolExecutor(3)
        """),
    "run_in_executor": ("uvloop", """
        import asyncio, time
        from concurrent.futures import ThreadPoolExecutor
        POOL = ThreadPoolExecutor(3)
        async def task(index):
            await asyncio.get_running_loop().run_in_executor(POOL, time.sleep, 0.15)  # FAULT
        """),
    "future.result": ("threads", """
        import time
        from concurrent.futures import ThreadPoolExecutor
        POOL = ThreadPoolExecutor(3)
        def task(index):
            return POOL.submit(time.sleep, 0.15).result()  # FAULT
        """),
    "gevent's thread pool": ("gevent", """
        import gevent, time
        gevent.get_hub().threadpool.maxsize = 3
        def task(index):
            gevent.get_hub().threadpool.apply(time.sleep, (0.15,))  # FAULT
        """),
    "trio's limiter": ("trio", """
        import time, trio
        async def task(index):
            trio.to_thread.current_default_thread_limiter().total_tokens = 3
            await trio.to_thread.run_sync(time.sleep, 0.15)  # FAULT
        """),
}  # fmt: skip


@pytest.mark.parametrize(("strategy", "text"), EXECUTORS.values(), ids=EXECUTORS)
def test_an_executor_with_few_threads(strategy: str, text: str, tmp_path: Path) -> None:
    (found,) = [one for one in findings(strategy, tmp_path, text, 9) if one.kind == "limit"]
    assert (found.file, found.line) == ("my_jobs.py", fault(text))
    assert "3" in found.what


SEQUENTIAL = {
    "asyncio": """
        import asyncio
        async def fetch(index):
            await asyncio.sleep(0.15)
            return index
        async def task(index):
            one = await fetch(1)  # FAULT
            two = await fetch(2)
            return one + two
        """,
    "trio": """
        import trio
        async def fetch(index):
            await trio.sleep(0.15)
            return index
        async def task(index):
            found = []
            for number in range(3):
                found.append(await fetch(number))  # FAULT
            return found
        """,
    "gevent": """
        import gevent
        def fetch(index):
            gevent.sleep(0.15)
            return index
        def task(index):
            return [fetch(number) for number in range(3)]  # FAULT
        """,
}


@pytest.mark.parametrize(("strategy", "text"), SEQUENTIAL.items(), ids=SEQUENTIAL)
def test_calls_one_after_another(strategy: str, text: str, tmp_path: Path) -> None:
    (found,) = findings(strategy, tmp_path, text, 2)
    assert (found.kind, found.file, found.line) == ("sequential-awaits", "my_jobs.py", fault(text))


def test_the_same_among_many_tasks_costs_nothing(tmp_path: Path) -> None:
    assert findings("asyncio", tmp_path, SEQUENTIAL["asyncio"], 50) == []


SWALLOWED = {
    "gevent": """
        import gevent
        def task(index):
            gevent.spawn(int, "x" * index)
            gevent.spawn(worse, index)
            gevent.sleep(0.05)
        def worse(index):
            return 1 / 0  # FAULT
        """,
    "asyncio": """
        import asyncio
        async def worse():
            return 1 / 0  # FAULT
        async def task(index):
            asyncio.create_task(worse())
            await asyncio.sleep(0.05)
        """,
    "threads": """
        import threading
        def worse():
            return 1 / 0  # FAULT
        def task(index):
            one = threading.Thread(target=worse)
            one.start()
            one.join()
        """,
}


@pytest.mark.parametrize(("strategy", "text"), SWALLOWED.items(), ids=SWALLOWED)
def test_an_exception_that_nobody_waits_for(strategy: str, text: str, tmp_path: Path) -> None:
    found = [one for one in findings(strategy, tmp_path, text, 3) if one.line == fault(text)]
    assert [(one.kind, one.what, one.calls) for one in found] == [("swallowed-exception", "ZeroDivisionError", 3)]


DEADLOCK = """
    import {library}
    first, second = {lock}, {lock}
    {define} task(index):
        one, two = (first, second) if index % 2 else (second, first)
        {enter} one:
            {wait}
            {enter} two:  # FAULT
                return index
"""
DEADLOCKS = [
    ("asyncio", ASYNCIO, "asyncio.Lock()"),
    ("uvloop", ASYNCIO, "asyncio.Lock()"),
    ("trio", TRIO, "trio.Lock()"),
    ("gevent", GEVENT, "gevent.lock.BoundedSemaphore(1)"),
    ("gevent-patched", THREADS, "threading.Lock()"),
    ("threads", THREADS, "threading.Lock()"),
]


@pytest.mark.parametrize(("strategy", "words", "lock"), DEADLOCKS)
def test_a_deadlock(strategy: str, words: dict[str, str], lock: str, tmp_path: Path) -> None:
    text = DEADLOCK.format(lock=lock, **words)
    (found,) = findings(strategy, tmp_path, text, 2, seconds=3.0)
    assert (found.kind, found.line) == ("deadlock", fault(text))
    assert f"2 for {found.what} at my_jobs.py:{fault(text)}" in found.text


def test_a_queue_that_nobody_fills(tmp_path: Path) -> None:
    text = """
        from gevent.queue import Queue
        jobs = Queue()
        def task(index):
            return jobs.get()  # FAULT
        """
    (found,) = findings("gevent", tmp_path, text, 3)
    assert (found.kind, found.line, found.what) == ("deadlock", fault(text), "gevent.queue.Queue")


def test_a_round_that_only_takes_too_long_is_none(tmp_path: Path) -> None:
    text = "import asyncio\nasync def task(index):\n    await asyncio.sleep(60)\n"
    assert findings("asyncio", tmp_path, text, 3, seconds=3.0) == []


PATCHED = {
    "taken before it was patched": """
        from time import sleep  # FAULT
        from gevent import monkey
        monkey.patch_all()
        def task(index):
            sleep(0.1)
        """,
    "a class of one's own": """
        import socket
        class Own(socket.socket):  # FAULT
            pass
        from gevent import monkey
        monkey.patch_all()
        one, other = socket.socketpair()
        def task(index):
            with Own() as own:
                own.settimeout(0.1)
                own.bind(("127.0.0.1", 0))
                try:
                    own.listen()
                    own.accept()
                except TimeoutError:
                    pass
        """,
}


@pytest.mark.parametrize("text", PATCHED.values(), ids=PATCHED)
def test_an_original_of_the_standard_library(text: str, tmp_path: Path) -> None:
    (found,) = findings("gevent", tmp_path, text, 3)
    assert (found.kind, found.file, found.line) == ("not-patched", "my_jobs.py", fault(text))
    assert found.seconds == 0.0  # said of the lines that waited


SOUND = {
    "sleeps": ("asyncio", "import asyncio\nasync def task(index):\n    await asyncio.sleep(0.1)\n", 500),
    "sleeps of trio": ("trio", "import trio\nasync def task(index):\n    await trio.sleep(0.1)\n", 500),
    "sleeps that are patched": ("gevent-patched", "import time\ndef task(index):\n    time.sleep(0.1)\n", 500),
    "sleeps of gevent": ("gevent", "from time import perf_counter\nimport gevent\n"
                         "def task(index):\n    gevent.sleep(0.1)\n", 500),
    "sleeps of threads": ("threads", "import time\ndef task(index):\n    time.sleep(0.1)\n", 50),
    "gathered": ("asyncio", "import asyncio\nasync def fetch(n):\n    await asyncio.sleep(0.1)\n"
                 "async def task(index):\n    await asyncio.gather(*[fetch(n) for n in range(5)])\n", 4),
    "a lock that is held for no wait": (
        "asyncio", "import asyncio\nlock = asyncio.Lock()\nasync def task(index):\n    await asyncio.sleep(0.1)\n"
        "    async with lock:\n        await asyncio.sleep(0)\n", 100),
    "an exception that is handled": (
        "asyncio", "import asyncio\nasync def worse():\n    raise OSError\nasync def task(index):\n"
        "    for _ in range(3):\n        try:\n            await asyncio.create_task(worse())\n"
        "        except OSError:\n            await asyncio.sleep(0.03)\n", 5),
    "a pool of workers at a queue": (
        "asyncio", "import asyncio\nasync def task(index):\n    jobs = asyncio.Queue(2)\n    async def fill():\n"
        "        for n in range(5):\n            await asyncio.sleep(0.03)\n            await jobs.put(n)\n"
        "    async with asyncio.TaskGroup() as group:\n        group.create_task(fill())\n"
        "        for _ in range(5):\n            await jobs.get()\n", 3),
}  # fmt: skip


@pytest.mark.parametrize(("strategy", "text", "tasks"), SOUND.values(), ids=SOUND)
def test_nothing_is_found_in_what_is_sound(strategy: str, text: str, tasks: int, tmp_path: Path) -> None:
    assert findings(strategy, tmp_path, text, tasks) == []
