"""From what was asked for to a plan."""
