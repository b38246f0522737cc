"""What a run is like where nobody says. No imports."""

USUAL_BLOCKS, MOST_BLOCKS, CAPACITY_BLOCKS = 10, 320, 6
FRESH_BLOCKS = 20
"""As many rounds as usual, of which each has a worker of its own."""
USUAL_SLO = 0.01
USUAL_SECONDS, PRECISE_SECONDS = 60.0, 300.0
GATE_SECONDS = 300.0
