"""A call centre's day, simulated: the exchange's own ACD engine with callers and agents made of
dice, or of yesterday's records, under any configuration. No daemon; the clock is a number."""
