"""Charts as SVG. Along a chart every place is a percentage, and across it pixels: so one drawing serves a phone, a
screen and paper, and its text keeps its size."""
