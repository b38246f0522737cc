"""Which strategy a server should use, from how many processes, and for how many connections."""
