"""The section ``presence``: what lamps on telephones tell whoever watches them."""

from __future__ import annotations

from firmware.config.types import Section, Truth


class Presence(Section):
    """What a lamp key shows of the number it watches."""

    show_caller: Truth = False  # who is on the other side: every watching telephone may show it
    show_dnd: Truth = True  # do-not-disturb lights the lamp as a call does
    all_dialogs: Truth = False  # every call of a person, for telephones that know more than one
