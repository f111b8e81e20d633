"""The tables of the configuration's history as numbered steps, as in the store."""
