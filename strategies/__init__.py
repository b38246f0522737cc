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
    "processes": "harness.strategies.processes:Processes",
    "interpreters": "harness.strategies.interpreters:Interpreters",
    "anyio": "harness.strategies.anyio:Anyio",
    "anyio-trio": "harness.strategies.anyio_trio:AnyioTrio",
    "rloop": "harness.strategies.rloop:Rloop",
    "eventlet": "harness.strategies.eventlet:Eventlet",
    "eventlet-patched": "harness.strategies.eventlet_patched:EventletPatched",
}
ENTRY_POINTS = "harness.strategies"
ON_REQUEST = ("processes", "interpreters", "anyio", "anyio-trio", "rloop", "eventlet", "eventlet-patched")
"""Those that run where somebody names them, or `all`: what a run does unasked does not grow with the catalogue."""
LESSONS = ("sequential", "greenlet", "generator")
"""Those that are there to teach: nobody would choose them, unless asked for by name."""
