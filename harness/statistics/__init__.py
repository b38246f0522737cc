"""From samples to verdicts: pure functions."""
