"""The typed document of a run: what `--json` prints."""
