"""Runs over commits."""
