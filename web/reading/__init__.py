"""The reader's own choice of calendar and digits."""
