"""How problems of the site configuration read: their reasons and suggestions in the reader's words.

The configuration says them in English, with the values in question among the words. What matches
no form here stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import LazyString, lazy_gettext

from firmware.config.problem import Problem

Forms = Sequence[tuple[re.Pattern[str], LazyString]]
"""What was said, its changing parts named, and how it reads."""


def _forms(*pairs: tuple[str, LazyString]) -> Forms:
    return [(re.compile(pattern, re.DOTALL), text) for pattern, text in pairs]


_REASONS = _forms(
    (r"is missing", lazy_gettext("This is missing.")),
    (r"nobody knows this key", lazy_gettext("Nobody knows this key.")),
    (r"must be a whole number.*", lazy_gettext("Put in a whole number.")),
    (r"must be a number.*", lazy_gettext("Put in a number, as in 5 or 2.5.")),
    (r"must be true or false", lazy_gettext("Put in true or false.")),
    (r"must be a list", lazy_gettext("Put in a list.")),
    (r"must be a text", lazy_gettext("Put in a text.")),
    (r"must be a section", lazy_gettext("Put in its fields.")),
    (
        r"must be (greater than or equal to|greater than) (?P<least>[-\d.]+)",
        lazy_gettext("It is too small: the limit is %(least)s."),
    ),
    (
        r"must be (less than or equal to|less than) (?P<most>[-\d.]+)",
        lazy_gettext("It is too large: the limit is %(most)s."),
    ),
    (
        r"must have at least (?P<least>\d+) .*",
        lazy_gettext("At least %(least)s must be there."),
    ),
    (
        r"must be 1 to 80 characters, none of them a control character",
        lazy_gettext("Put in 1 to 80 characters on one line."),
    ),
    (
        r"must be 1 to 32 of the digits 0-9, \*, # and \+",
        lazy_gettext("Put in 1 to 32 of the digits 0-9, *, # and +."),
    ),
    (
        r"must be 1 to 32 of the characters a-z, 0-9, - and _, .*",
        lazy_gettext("Put in 1 to 32 of the letters a-z, 0-9, - and _, no - or _ in front."),
    ),
    (
        r"must be hours as in .*",
        lazy_gettext("Put in when it begins and when it ends, as in 08:00 and 17:00."),
    ),
    (r"must be a pattern of digits.*", lazy_gettext("This is no pattern of numbers.")),
    (r"must be a mail address.*", lazy_gettext("This is no mail address.")),
    (r"must be a path without spaces", lazy_gettext("Put in a path without spaces.")),
    (r"must be a time of day.*", lazy_gettext("Put in a time of day, as in 02:30.")),
    (r"is not a valid IPv4 (address|network)", lazy_gettext("This is no IPv4 address.")),
    (r"(must be one of the keys 0-9.*)", lazy_gettext("Put in one of the keys 0-9, * and #.")),
    (r"must be '.*", lazy_gettext("This is not one of the choices.")),
    (
        r"(no extension has this number|there is no \w+ (of that name|\".*\"))",
        lazy_gettext("There is nothing of this name."),
    ),
    (
        r"this number a second time: (?P<path>\S+) has it already",
        lazy_gettext("%(path)s has this number already."),
    ),
    (
        r"(a second .*|the same member twice): (?P<path>\S+) has it already",
        lazy_gettext("%(path)s has it already."),
    ),
    (
        r"is the mask of a shown configuration, .*",
        lazy_gettext("This is the mask of a secret, not a secret."),
    ),
    (
        r"a caller who presses nothing would come back here for ever",
        lazy_gettext("A caller who presses nothing would come back here for ever."),
    ),
    (
        r"is one of the first that a stranger tries",
        lazy_gettext("This is one of the first that a stranger tries."),
    ),
    (
        r"must be 4 to (?P<most>\d+) (of the digits 0-9|digits.*)",
        lazy_gettext("Put in 4 to %(most)s digits."),
    ),
)

_SUGGESTIONS = _forms(
    (r"did you mean (?P<other>.*)\?", lazy_gettext("did you mean %(other)s?")),
    (r"leave it out", lazy_gettext("leave it out")),
    (r"leave one of them out", lazy_gettext("leave one of them out")),
)


def reason(problem: Problem) -> str:
    """Why it is a problem."""
    return _said(_REASONS, problem.reason)


def suggestion(problem: Problem) -> str:
    """What to do about it; often nothing."""
    return _said(_SUGGESTIONS, problem.suggestion)


def _said(forms: Forms, text: str) -> str:
    for pattern, said in forms:
        if found := pattern.fullmatch(text):
            return str(said) % {k: v for k, v in found.groupdict().items() if v is not None}
    return text
