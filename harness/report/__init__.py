"""A record into what people and programs read. Pure functions: `show` prints what `run` printed."""
