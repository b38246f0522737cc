"""The programs at the other end, each run as `python -m harness.workloads.peers.NAME` by `harness.launch`."""
