"""Reports: the figures of the past as pages, tables to take away, and letters."""
