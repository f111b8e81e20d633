"""What happened: the records of calls, and their recordings."""
