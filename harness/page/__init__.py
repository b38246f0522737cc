"""Runs as pages: one HTML file without a script, and its charts as files."""
