"""What tasks wait at: the locks, semaphores, pools and queues of libraries, by the functions that wait and by types."""

from __future__ import annotations

from typing import NamedTuple


class Primitive(NamedTuple):
    """What can be waited at."""

    kind: str
    """lock, semaphore, limiter, pool, queue, event, condition, task, sleep; other where nobody knows."""
    what: str
    """As its library calls it."""
    limits: tuple[str, ...] = ()
    """Where the waiting function's `self`, or its caller's, has how many it lets through."""


HTTPCORE = {
    f"{package}._{kind}.connection_pool:{prefix}PoolRequest.wait_for_connection": Primitive(
        "pool", f"{package}.{prefix}ConnectionPool", ("_max_connections",)
    )
    for package in ("httpcore", "httpcore2")
    for kind, prefix in (("async", "Async"), ("sync", ""))
}
BY_FUNCTION = HTTPCORE | {
    "urllib3.connectionpool:HTTPConnectionPool._get_conn": Primitive(
        "pool", "urllib3.HTTPConnectionPool", ("pool.maxsize",)
    ),
    "aiohttp.connector:BaseConnector._wait_for_available_connection": Primitive(
        "pool", "aiohttp.TCPConnector", ("_limit_per_host", "_limit")
    ),
    "anyio._backends._asyncio:CapacityLimiter.acquire_on_behalf_of": Primitive(
        "limiter", "anyio.CapacityLimiter", ("_total_tokens",)
    ),
    "anyio._backends._asyncio:Semaphore.acquire": Primitive("semaphore", "anyio.Semaphore", ("_max_value",)),
    "anyio._backends._asyncio:Lock.acquire": Primitive("lock", "anyio.Lock"),
    "trio._sync:CapacityLimiter.acquire_on_behalf_of": Primitive("limiter", "trio.CapacityLimiter", ("_total_tokens",)),
    "trio._sync:Semaphore.acquire": Primitive("semaphore", "trio.Semaphore", ("_max_value",)),
    "trio._sync:_LockImpl.acquire": Primitive("lock", "trio.Lock"),
    "trio._sync:Condition.wait": Primitive("condition", "trio.Condition"),
    "trio._sync:Event.wait": Primitive("event", "trio.Event"),
    "trio._channel:MemoryReceiveChannel.receive": Primitive("queue", "a trio memory channel"),
    "trio._channel:MemorySendChannel.send": Primitive("queue", "a trio memory channel"),
    "trio._core._run:Nursery._nested_child_finished": Primitive("task", "trio.Nursery"),
    "trio._timeouts:sleep": Primitive("sleep", "trio.sleep"),
    "trio._timeouts:sleep_until": Primitive("sleep", "trio.sleep_until"),
    "asyncio.locks:Semaphore.acquire": Primitive("semaphore", "asyncio.Semaphore", ("_bound_value",)),
    "asyncio.locks:Lock.acquire": Primitive("lock", "asyncio.Lock"),
    "asyncio.locks:Condition.wait": Primitive("condition", "asyncio.Condition"),
    "asyncio.locks:Event.wait": Primitive("event", "asyncio.Event"),
    "asyncio.locks:Barrier.wait": Primitive("condition", "asyncio.Barrier"),
    "asyncio.queues:Queue.get": Primitive("queue", "asyncio.Queue"),
    "asyncio.queues:Queue.put": Primitive("queue", "asyncio.Queue"),
    "asyncio.queues:Queue.join": Primitive("queue", "asyncio.Queue"),
    "asyncio.taskgroups:TaskGroup.__aexit__": Primitive("task", "asyncio.TaskGroup"),
    "asyncio.tasks:sleep": Primitive("sleep", "asyncio.sleep"),
    "asyncio.tasks:wait": Primitive("task", "asyncio.wait"),
    "asyncio.threads:to_thread": Primitive("thread", "asyncio.to_thread"),
    "threading:Semaphore.acquire": Primitive("semaphore", "threading.Semaphore", ("_initial_value",)),
    "threading:Condition.wait": Primitive("condition", "threading.Condition"),
    "threading:Condition.wait_for": Primitive("condition", "threading.Condition"),
    "threading:Event.wait": Primitive("event", "threading.Event"),
    "threading:Barrier.wait": Primitive("condition", "threading.Barrier"),
    "threading:Thread.join": Primitive("task", "threading.Thread"),
    "threading:_RLock.acquire": Primitive("lock", "threading.RLock"),
    "queue:Queue.get": Primitive("queue", "queue.Queue"),
    "queue:Queue.put": Primitive("queue", "queue.Queue"),
    "queue:Queue.join": Primitive("queue", "queue.Queue"),
    "concurrent.futures._base:Future.result": Primitive("thread", "concurrent.futures.Future"),
    "gevent.hub:sleep": Primitive("sleep", "gevent.sleep"),
    "gevent.thread:LockType.acquire": Primitive("lock", "threading.Lock"),
    "gevent.lock:RLock.acquire": Primitive("lock", "gevent.lock.RLock"),
    "gevent.threadpool:ThreadPool.spawn": Primitive("thread-pool", "gevent.threadpool.ThreadPool", ("maxsize",)),
    "gevent.pool:Pool.add": Primitive("pool", "gevent.pool.Pool", ("size",)),
}
"""By module and function."""
BY_TYPE = {
    "_thread.lock": Primitive("lock", "threading.Lock"),
    "_thread.RLock": Primitive("lock", "threading.RLock"),
    "_queue.SimpleQueue": Primitive("queue", "queue.SimpleQueue"),
    "gevent._gevent_c_semaphore.Semaphore": Primitive("semaphore", "gevent.lock.Semaphore"),
    "gevent._gevent_c_semaphore.BoundedSemaphore": Primitive(
        "semaphore", "gevent.lock.BoundedSemaphore", ("_initial_value",)
    ),
    "gevent.thread.LockType": Primitive("lock", "threading.Lock"),
    "gevent.lock.RLock": Primitive("lock", "gevent.lock.RLock"),
    "gevent._gevent_cevent.Event": Primitive("event", "gevent.event.Event"),
    "gevent._gevent_cevent.AsyncResult": Primitive("event", "gevent.event.AsyncResult"),
    "gevent._gevent_cqueue.Queue": Primitive("queue", "gevent.queue.Queue"),
    "gevent._gevent_cqueue.JoinableQueue": Primitive("queue", "gevent.queue.JoinableQueue"),
    "gevent._gevent_cqueue.SimpleQueue": Primitive("queue", "gevent.queue.SimpleQueue"),
    "gevent._gevent_cgreenlet.Greenlet": Primitive("task", "gevent.Greenlet"),
    "threading.Thread": Primitive("task", "threading.Thread"),
}
"""By the type of what the waiting line names: what is compiled has no frame."""
BY_WAITER = {
    "_asyncio.Task": Primitive("task", "asyncio.Task"),
    "asyncio.tasks._GatheringFuture": Primitive("task", "asyncio.gather"),
    "_asyncio.Future": Primitive("event", "asyncio.Future"),
}
"""By the type of the future that a line of the user's awaits."""
OTHER = Primitive("other", "")
