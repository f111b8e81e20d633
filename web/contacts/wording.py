"""The words of the phonebook's pages, and what is wrong with a contact in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from firmware.model.contact import BlockAnswer, BlockKind, NumberKind
from web.settings.wording_choices import CHOICES

KINDS: Mapping[NumberKind, LazyString] = {
    NumberKind.MOBILE: lazy_gettext("Mobile"),
    NumberKind.WORK: lazy_gettext("Work"),
    NumberKind.HOME: lazy_gettext("Home"),
    NumberKind.FAX: lazy_gettext("Fax"),
    NumberKind.OTHER: lazy_gettext("Other"),
}

BLOCK_KINDS: Mapping[BlockKind, LazyString] = {
    BlockKind.NUMBER: lazy_gettext("A number"),
    BlockKind.PATTERN: lazy_gettext("All numbers of a pattern"),
    BlockKind.WITHHELD: lazy_gettext("Everybody who shows no number"),
}

BLOCK_ANSWERS: Mapping[BlockAnswer, LazyString] = {
    BlockAnswer.REFUSE: lazy_gettext("The busy tone"),
    BlockAnswer.UNUSED: lazy_gettext("That the number is not in use"),
}

BAD_PATTERN = lazy_gettext("This is no pattern of numbers.")

LANGUAGES = (
    ("", lazy_gettext("The office's")),
    ("fa", CHOICES["language.fa"]),
    ("ar", CHOICES["language.ar"]),
    ("en", CHOICES["language.en"]),
)
"""What somebody is greeted in."""

_REASONS = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (r"has neither a name nor .*", lazy_gettext("A contact needs a name or an organisation.")),
        (r".* has no number", lazy_gettext("A contact needs a number.")),
        (
            r".* has more than (?P<most>\d+) numbers",
            lazy_gettext("A contact has at most %(most)s numbers."),
        ),
        (
            r"(.* )?is longer than (?P<most>\d+) characters",
            lazy_gettext("This is longer than %(most)s characters."),
        ),
        (r".* has the control character .*", lazy_gettext("There is a character nobody can see.")),
        (
            r"'(?P<number>.*)' was turned into a calculation .*",
            lazy_gettext(
                "A spreadsheet made %(number)s a calculation. Format the column as text there, and "
                "save the file again."
            ),
        ),
        (
            r"'(?P<number>.*)' has '(?P<sign>.)' in it, which cannot be dialled",
            lazy_gettext("%(number)s cannot be dialled: it has %(sign)s in it."),
        ),
        (r"there is no number", lazy_gettext("A number is missing.")),
        (r"'(?P<number>.*)' has no digit", lazy_gettext("%(number)s has no digit.")),
        (r"language .* is none of .*", lazy_gettext("The language is en, fa or ar.")),
        (r"no column 'name' .*", lazy_gettext("The first line names no column “name”.")),
        (
            r"no column for a number.*",
            lazy_gettext(
                "The first line names no column for numbers: “mobile”, “work” or “other”."
            ),
        ),
        (r"two columns are '(?P<name>.*)'", lazy_gettext("Two columns are called %(name)s.")),
        (
            r"\d+ cells under \d+ columns",
            lazy_gettext("This line has more cells than there are columns."),
        ),
        (r"vip is yes or no, .*", lazy_gettext("In the column “vip” is yes or no.")),
        (r"the file is empty", lazy_gettext("The file is empty.")),
        (r"(more than|the file is too long).*", lazy_gettext("The file is too long.")),
        (r"the quotes are wrong.*", lazy_gettext("A quotation mark is missing.")),
        (
            r".* is not .*; save the file as UTF-8.*",
            lazy_gettext("This is no text in UTF-8. Save the file as “CSV UTF-8”."),
        ),
        (
            r"(this is not in a vCard|there is no vCard in the file|no vCard: .*)",
            lazy_gettext("This is no vCard."),
        ),
        (r"this vCard has no END:VCARD", lazy_gettext("This vCard has no end.")),
    )
)


def reason(said: str) -> str:
    """What ``firmware.phonebook`` said is wrong; as it was said where no form here fits."""
    for pattern, text in _REASONS:
        if found := pattern.fullmatch(said):
            return str(text) % found.groupdict() if found.groupdict() else str(text)
    return said
