"""Why a strategy does not do its work: what keeps it from it, in which line, and what to change."""
