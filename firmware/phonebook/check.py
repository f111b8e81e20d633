"""What a contact must be to be kept, wherever it comes from."""

from __future__ import annotations

from dataclasses import replace

from firmware.model.contact import Contact
from firmware.phonebook.number import BadNumber, checked

MOST_NUMBERS = 20
LONGEST_TEXT = 200
LANGUAGES = ("", "en", "fa", "ar")


class BadContact(ValueError):
    """A contact that cannot be kept; the text says what is wrong with it."""


def checked_contact(contact: Contact) -> Contact:
    """The contact as it is kept: texts trimmed, numbers checked.

    Raises:
        BadContact: no name, a number that is none, a text too long or with control characters.
    """
    contact = replace(
        contact,
        name=_text("name", contact.name),
        organisation=_text("organisation", contact.organisation),
        note=_text("note", contact.note.replace("\r", " ").replace("\n", " ")),
        numbers=tuple(replace(n, number=_number(n.number)) for n in contact.numbers),
    )
    if not contact.shown:
        raise BadContact("has neither a name nor an organisation")
    if not contact.numbers:
        raise BadContact(f"'{contact.shown}' has no number")
    if len(contact.numbers) > MOST_NUMBERS:
        raise BadContact(f"'{contact.shown}' has more than {MOST_NUMBERS} numbers")
    if contact.language not in LANGUAGES:
        raise BadContact(f"language '{contact.language}' is none of en, fa and ar")
    return contact


def _text(what: str, text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise BadContact(f"{what} '{text[:20]}…' is longer than {LONGEST_TEXT} characters")
    for character in text:
        if ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) <= 0xDFFF:
            raise BadContact(f"{what} has the control character U+{ord(character):04X} in it")
    return text


def _number(text: str) -> str:
    try:
        return checked(text)
    except BadNumber as error:
        raise BadContact(str(error)) from error
