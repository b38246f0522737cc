"""Blocks on other hosts: `run.py` says which is next, `fleet.py` where, `agent.py` measures it there."""
