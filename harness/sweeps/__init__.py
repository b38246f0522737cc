"""How strategies compare along one or two axes: which points are measured, and what they say."""
