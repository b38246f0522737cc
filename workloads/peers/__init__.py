"""The programs at the other end: servers with a function `serve`, and the load generator."""
