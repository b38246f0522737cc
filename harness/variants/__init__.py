"""Where a cell runs, if not where we do."""
