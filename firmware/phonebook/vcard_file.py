"""Contacts as vCards: 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) are read, 3.0 and 4.0 written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import vobject
from vobject.base import VObjectError

from firmware.model.contact import Contact, ContactNumber, NumberKind
from firmware.phonebook.check import BadContact, checked_contact
from firmware.phonebook.problem import BadFile, FileProblem, text_of

VERSIONS = ("3.0", "4.0")
MOST_CARDS = 200_000

_KINDS = (
    ("fax", NumberKind.FAX),
    ("cell", NumberKind.MOBILE),
    ("work", NumberKind.WORK),
    ("home", NumberKind.HOME),
)
_TYPES = {kind: word for word, kind in _KINDS} | {NumberKind.OTHER: "voice"}
_VIP = "VIP"

_BEGIN = re.compile(r"begin\s*:\s*vcard\s*", re.IGNORECASE)
_END = re.compile(r"end\s*:\s*vcard\s*", re.IGNORECASE)

_REFUSED = (VObjectError, ValueError, LookupError, AttributeError, TypeError)
"""What vobject raises on a card it does not understand."""


def read(content: bytes, encoding: str = "") -> tuple[Contact, ...]:
    """The contacts of a file with any number of cards.

    Raises:
        BadFile: every card that cannot be taken, where and why.
        LookupError: no such encoding.
    """
    contacts: list[Contact] = []
    problems: list[FileProblem] = []
    for line, card in _cards(text_of(content, encoding), problems):
        try:
            contacts.append(_contact(_parsed(card)))
        except BadContact as error:
            problems.append(FileProblem(line=line, reason=str(error)))
        except _REFUSED as error:
            within = getattr(error, "lineNumber", None) or 1
            reason = str(getattr(error, "msg", None) or error)
            problems.append(FileProblem(line=line + within - 1, reason=f"no vCard: {reason}"))
    if not contacts and not problems:
        problems.append(FileProblem(line=1, reason="there is no vCard in the file"))
    if problems:
        raise BadFile(sorted(problems, key=lambda problem: problem.line))
    return tuple(contacts)


def write(contacts: Iterable[Contact], version: str = "3.0") -> bytes:
    """All contacts, a card each.

    Raises:
        ValueError: a version that is not written.
    """
    if version not in VERSIONS:
        raise ValueError(f"vCard {version} is not written, only {' and '.join(VERSIONS)}")
    return b"".join(card(contact, version).encode() for contact in contacts)


def card(contact: Contact, version: str = "3.0", *, uid: str = "") -> str:
    """One contact's card; with ``uid`` as address books need it, who know each card by its own."""
    made = vobject.vCard()
    made.add("version").value = version
    if uid:
        made.add("uid").value = uid
    made.add("fn").value = contact.shown
    made.add("n").value = vobject.vcard.Name(family=contact.name)
    if contact.organisation:
        made.add("org").value = [contact.organisation]
    for number in contact.numbers:
        entry = made.add("tel")
        entry.value = number.number
        entry.type_param = [_TYPES[number.kind]]
    if contact.language and version == "4.0":
        made.add("lang").value = contact.language
    if contact.is_vip:
        made.add("categories").value = [_VIP]
    if contact.note:
        made.add("note").value = contact.note
    return str(made.serialize())


def _cards(text: str, problems: list[FileProblem]) -> Iterator[tuple[int, str]]:
    """Each card with the line it begins on; what is wrong around cards goes to ``problems``."""
    card: list[str] = []
    began = 0
    for line, content in enumerate(text.split("\n"), start=1):
        if _BEGIN.fullmatch(content) and not card:
            began = line
        elif not card:
            if content.strip():
                problems.append(FileProblem(line=line, reason="this is not in a vCard"))
                return
            continue
        card.append(content)
        if _END.fullmatch(content):
            yield began, "\n".join(card) + "\n"
            card = []
            if line > MOST_CARDS * 100:
                problems.append(FileProblem(line=line, reason="the file is too long"))
                return
    if card:
        problems.append(FileProblem(line=began, reason="this vCard has no END:VCARD"))


def _parsed(card: str) -> Any:
    # allowQP: as 2.1 folds within its quoted-printable values. The other reader counts lines wrong.
    return vobject.readOne(card, allowQP=True)


def _contact(card: Any) -> Contact:
    organisation = _first(card, "org")
    categories = {str(word).upper() for entry in _all(card, "categories") for word in entry}
    return checked_contact(
        Contact(
            name=_name(card),
            organisation=str(organisation[0] if organisation else ""),
            numbers=tuple(_number(entry) for entry in card.contents.get("tel", ())),
            language=_language(card),
            is_vip=_VIP in categories,
            note=str(_first(card, "note")),
        )
    )


def _all(card: Any, name: str) -> Iterator[Any]:
    return (entry.value for entry in card.contents.get(name, ()))


def _first(card: Any, name: str) -> Any:
    return next(_all(card, name), "")


def _name(card: Any) -> str:
    if full := str(_first(card, "fn")).strip():
        return full
    name = _first(card, "n")
    parts = [getattr(name, part, "") for part in ("given", "additional", "family")]
    return " ".join(part for part in parts if isinstance(part, str) and part)


def _language(card: Any) -> str:
    """The first we speak of those the card names ("fa-IR" is "fa")."""
    for language in _all(card, "lang"):
        if (short := str(language).partition("-")[0].casefold()) in ("en", "fa", "ar"):
            return short
    return ""


def _number(entry: Any) -> ContactNumber:
    types = [*entry.params.get("TYPE", ()), *entry.singletonparams]
    words = {word.strip().casefold() for one in types for word in str(one).strip('"').split(",")}
    kind = next((kind for word, kind in _KINDS if word in words), NumberKind.OTHER)
    number = str(entry.value).strip()
    if number.casefold().startswith("tel:"):  # RFC 3966, without its parameters
        number = number[4:].partition(";")[0]
    return ContactNumber(number=number, kind=kind)
