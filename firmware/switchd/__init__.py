"""switchd, the exchange: a back-to-back user agent. Calls, legs, bridges, scripts, queues."""
