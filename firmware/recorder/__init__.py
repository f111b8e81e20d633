"""The recorder: makes finished recordings of what switchd left in the spool."""
