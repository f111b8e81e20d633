"""Supplies with a battery: network and USB ones by NUT, HATs by I²C, a bare contact by GPIO."""
