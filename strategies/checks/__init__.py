"""The promises of strategies/base.py."""

from harness.strategies.checks.promise import Promise

__all__ = ["Promise"]
