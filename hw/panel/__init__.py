"""LEDs, button and lifeline relay of a board."""
