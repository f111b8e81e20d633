"""The virtual bench: the simulated world outside the box, played by hand from a page."""
