"""Signals on a telephone line: digits, caller ID and call progress tones, as audio.

Everything works on signed 16-bit little-endian mono audio at 8 kHz and keeps its state from
one frame to the next, so a stream may be cut anywhere. Levels are in dBm0: a sine that fills
the 16-bit range is +3.14 dBm0 (ITU-T G.711).
"""
