"""The clock with a battery of its own, where a board has one."""
