"""Mobile and voice modems, spoken to over serial ports."""
