"""What is at the other end: servers (each a module with `serve(options, folder, ready)`), and the load generator."""

BACKLOG = 4096
"""Connections that may wait until a server accepts them."""
