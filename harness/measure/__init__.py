"""Runs a plan: blocks, cells, rounds."""
