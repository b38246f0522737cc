"""Which properties strategies have, by experiments that anybody can run."""
