"""Hardware watchdogs: a timer that resets the machine unless it is fed."""
