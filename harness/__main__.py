"""`python -m harness`, and the console script: the same, whatever lies in the current folder."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # the current folder, whose modules would hide our libraries'


def main() -> None:
    """Run the program. Until all of it is imported, Ctrl-C ends it as it would end any, without a traceback."""
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from harness.cli import main

    main()


if __name__ == "__main__":
    main()
