"""The demonstration: one call from a simulated telephone line, through the whole box, to a real
SIP telephone; told as it happens, then measured.
"""
