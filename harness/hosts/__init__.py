"""Blocks that are measured on other hosts: `run.py` places them, `agent.py` measures them there."""
