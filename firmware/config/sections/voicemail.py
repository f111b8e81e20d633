"""The section ``voicemail``: who has a box, what is kept in it, and whom it tells.

What belongs to a person and not to the technician (the PIN, the greetings, the language chosen
by telephone) is in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from firmware.config.problem import Problem
from firmware.config.scalar import shown
from firmware.config.sections.mail import Address
from firmware.config.types import Decimal, Language, Number, Section, Truth, WholeNumber

Item = Mapping[str, Any]

Count = Annotated[WholeNumber, Field(ge=0, le=1000)]


class Mailbox(Section):
    """One extension's box, where it differs from the rule for everybody."""

    extension: Number
    enabled: Truth = True
    language: Language | None = None  # of its prompts and letters; none: the extension's
    email: Address = ""  # none: no mail
    attach: Truth = True  # the recording goes with the mail
    delete_after_mail: Truth = False  # once the server has taken the mail
    sms_number: Number | None = None  # told of new messages by the box's SIM
    max_messages: Count = 0  # 0: as for everybody


class Voicemail(Section):
    """Voicemail: who has a box, and those boxes that differ from the others."""

    for_everyone: Truth = False  # false: only those who are named below have a box
    max_messages: Annotated[WholeNumber, Field(ge=1, le=1000)] = 100
    max_length_s: Annotated[Decimal, Field(ge=10, le=900)] = 180.0
    min_length_s: Annotated[Decimal, Field(ge=0, le=30)] = 2.0  # shorter ones are not kept
    end_silence_s: Annotated[Decimal, Field(ge=2, le=60)] = 8.0
    pin_digits: Annotated[WholeNumber, Field(ge=4, le=10)] = 4  # the fewest a PIN has
    keep_deleted_h: Annotated[WholeNumber, Field(ge=1, le=720)] = 24  # until they are gone for good
    box: tuple[Mailbox, ...] = ()

    def settings_of(self, number: str) -> Mailbox | None:
        """The box of an extension; None when it has none."""
        for box in self.box:
            if box.extension == number:
                return box if box.enabled else None
        return Mailbox(extension=number) if self.for_everyone else None

    def most_in(self, number: str) -> int:
        """How many messages the box of an extension holds."""
        box = self.settings_of(number)
        return (box and box.max_messages) or self.max_messages


def boxes(document: Item, extensions: Collection[str]) -> frozenset[str]:
    """The numbers that have a box, in a document that may be half written."""
    section = document.get("voicemail")
    section = section if isinstance(section, dict) else {}
    named = {str(box["extension"]): box for _path, box in _boxes(section) if box.get("extension")}
    off = {number for number, box in named.items() if box.get("enabled") == "false"}
    everybody = section.get("for_everyone") == "true"
    return frozenset(extensions if everybody else named) - off


def check(document: Item, extensions: Collection[str]) -> Iterator[Problem]:
    """Every problem of the section."""
    section = document.get("voicemail")
    if not isinstance(section, dict):
        return
    mail = document.get("mail")
    has_mail = isinstance(mail, dict) and mail.get("server", "") != ""
    first: dict[str, str] = {}
    for path, box in _boxes(section):
        place, number = f"{path}.extension", box.get("extension")
        if number and number not in extensions:
            yield Problem(path=place, value=shown(number), reason="no extension has this number")
        if number in first:
            yield Problem(
                path=place,
                value=shown(str(number)),
                reason=f"a second box of this extension: {first[str(number)]} has it already",
            )
        if number:
            first.setdefault(str(number), place)
        yield from _letters(path, box, has_mail, document)


def _letters(path: str, box: Item, has_mail: bool, document: Item) -> Iterator[Problem]:
    """Whoever is told of a message can be told."""
    email = box.get("email", "")
    if email and not has_mail:
        yield Problem(
            path=f"{path}.email",
            value=shown(email),
            reason="the box has no mail server to send it by",
            suggestion="write the section mail, with a server",
        )
    if box.get("delete_after_mail") == "true" and email == "":
        yield Problem(
            path=f"{path}.delete_after_mail",
            value="true",
            reason="there is no email: messages would be kept by nobody",
            suggestion="write email: NAME@DOMAIN, or leave it out",
        )
    if box.get("delete_after_mail") == "true" and box.get("attach") == "false":
        yield Problem(
            path=f"{path}.attach",
            value="false",
            reason="the message is deleted after the mail, and would not be in it",
        )
    if box.get("sms_number") and not _has_sim(document):
        yield Problem(
            path=f"{path}.sms_number",
            value=shown(box["sms_number"]),
            reason="the box has no SIM: no line is of the kind mobile",
        )


def _has_sim(document: Item) -> bool:
    lines = document.get("line")
    return any(
        isinstance(line, dict) and line.get("kind") == "mobile"
        for line in (lines if isinstance(lines, list) else ())
    )


def _boxes(section: Item) -> Iterator[tuple[str, Item]]:
    items = section.get("box")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield f"voicemail.box[{index}]", item
