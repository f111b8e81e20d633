"""What the box remembers: calls, recordings, users of the console, in one SQLite file."""
