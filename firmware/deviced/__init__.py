"""deviced: the box as a thing. Power, LEDs, button, lifeline relay, watchdog, temperature, disks.

It knows no call. What its states mean for calls, switchd and the recorder read off its rows.
"""
