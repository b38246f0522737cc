"""The programs at the other end, each run as `python -m workloads.peers.NAME` by `harness.launch`."""
