"""What runs in a fresh interpreter: the standard library and the contracts, no more."""
