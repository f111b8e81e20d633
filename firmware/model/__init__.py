"""Nouns and rules of the exchange, pure: no I/O, no clock, no threads.

Times are seconds on the caller's monotonic clock and are always passed in.
"""
