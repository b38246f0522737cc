"""The fixture `harness_benchmark` at work: a workload under strategies, in fresh workers, reported by pytest-benchmark.

What pytest loads is in `pytest11/`, and comes here only when a test asks for the fixture."""
