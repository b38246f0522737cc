"""What is read, typed and shown, with values that nobody would choose. `python -m tests.fuzz --help`: the long form."""
