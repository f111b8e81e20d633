"""Electric power: where the box gets it from, how long it lasts, and what is done about it."""
