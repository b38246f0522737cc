"""The catalogue of strategies: a name, and where its class is. Nothing is imported until asked for."""

BUILT_IN = {
    "sequential": "harness.strategies.sequential:Sequential",
    "greenlet": "harness.strategies.greenlet:Greenlet",
    "generator": "harness.strategies.generator:Generator",
    "gevent": "harness.strategies.gevent:Gevent",
    "gevent-patched": "harness.strategies.gevent_patched:GeventPatched",
    "threads": "harness.strategies.threads:Threads",
    "thread-pool": "harness.strategies.thread_pool:ThreadPool",
    "asyncio": "harness.strategies.asyncio:Asyncio",
    "uvloop": "harness.strategies.uvloop:Uvloop",
    "trio": "harness.strategies.trio:Trio",
}
ENTRY_POINTS = "harness.strategies"
LESSONS = ("sequential", "greenlet", "generator")
"""Those that are there to teach: nobody would choose them, unless asked for by name."""
