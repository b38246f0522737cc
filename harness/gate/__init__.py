"""Whether a candidate is worse than its base."""
