"""The catalogue of strategies: a name, and where its class is. Nothing is imported until asked for."""

BUILT_IN = {
    "sequential": "strategies.sequential:Sequential",
    "greenlet": "strategies.greenlet:Greenlet",
    "generator": "strategies.generator:Generator",
    "gevent": "strategies.gevent:Gevent",
    "gevent-patched": "strategies.gevent_patched:GeventPatched",
    "threads": "strategies.threads:Threads",
    "thread-pool": "strategies.thread_pool:ThreadPool",
    "asyncio": "strategies.asyncio:Asyncio",
    "uvloop": "strategies.uvloop:Uvloop",
    "trio": "strategies.trio:Trio",
}
ENTRY_POINTS = "harness.strategies"
