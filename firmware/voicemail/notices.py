"""The letters that tell of a new message, in the language of its box.

Texts are in ``notices.toml``. Dates are in the calendar of the reader (Jalali in Persian), digits
in their script; what is dialled stays left to right in any of them (UAX #9, isolates).
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from firmware.config.schema import Site
from firmware.config.sections.voicemail import Mailbox
from firmware.model.letter import Channel, Letter
from firmware.model.voicemail import Message
from firmware.voicemail.when import digits, local, written_date

CATALOGUE = Path(__file__).with_name("notices.toml")

_ISOLATED_LTR = "\u2066{}\u2069"  # LRI … PDI
_ISOLATED = "\u2068{}\u2069"  # FSI … PDI
_LONGEST_NAME = 60


def letters_about(message: Message, site: Site, language: str) -> list[Letter]:
    """Who is told of ``message``, and what. ``language`` is the box owner's choice, "" for none."""
    settings = site.voicemail.settings_of(message.box)
    if settings is None:
        return []
    language = language or language_of(site, settings)
    words = _words(message, site, language)
    letters = []
    if settings.email and site.mail.server:
        letters.append(_mail(message, site, settings, words))
    if settings.sms_number:
        letters.append(
            Letter(
                ident=f"voicemail:{message.id}:sms",
                channel=Channel.SMS,
                recipient=settings.sms_number,
                body=_without_isolates(_texts(words["language"])["sms"].format(**words)),
                created_at=message.recorded_at,
            )
        )
    return letters


def language_of(site: Site, settings: Mailbox) -> str:
    """The language the configuration gives a box."""
    spoken = next((e.language for e in site.extension if e.number == settings.extension), None)
    return settings.language or spoken or site.office.language


def _mail(message: Message, site: Site, settings: Mailbox, words: dict[str, str]) -> Letter:
    texts = _texts(words["language"])
    ends = [texts["attached"]] if settings.attach else []
    if settings.delete_after_mail:
        ends = [texts["deleted"]]
    elif words["code"]:
        ends.append(texts["dial"])
    body = "\n".join([texts["body"].strip(), "", *ends, "", "{office}"])
    at = local(message.recorded_at, site.office.time_zone)
    return Letter(
        ident=f"voicemail:{message.id}:mail",
        channel=Channel.MAIL,
        recipient=settings.email,
        subject=texts["subject"].format(**words),
        body=body.format(**words) + "\n",
        attachment=f"{message.id}.wav" if settings.attach else "",
        attachment_name=f"{message.box}-{at:%Y%m%d-%H%M%S}.wav",
        deletes=message.id if settings.delete_after_mail else "",
        created_at=message.recorded_at,
    )


def _words(message: Message, site: Site, language: str) -> dict[str, str]:
    """What stands for the braces. A "{" in a name is the caller's and means nothing: the texts
    are formatted once."""
    owner = next((e.name for e in site.extension if e.number == message.box), message.box)
    at = local(message.recorded_at, site.office.time_zone)
    code = site.features.voicemail
    minutes, seconds = divmod(max(1, round(message.length_s)), 60)
    return {
        "language": language,
        "owner": _ISOLATED.format(_plain(owner)),
        "office": _ISOLATED.format(_plain(site.office.name)),
        "box": _dialled(message.box, language),
        "caller": _caller(message, language),
        "length": digits(f"{minutes}:{seconds:02}", language),
        "date": written_date(at, language),
        "clock": digits(f"{at:%H:%M}", language),
        "code": "" if code == "off" else _dialled(code, language),
    }


def _caller(message: Message, language: str) -> str:
    number = _dialled(_plain(message.caller), language) if message.caller else ""
    name = _plain(message.caller_name)
    if name and name != message.caller:
        name = _ISOLATED.format(name)
        return f"{name} ({number})" if number else name
    return number or str(_texts(language)["unknown"])


def _without_isolates(text: str) -> str:
    """In a short message they would show as boxes on old telephones, and a single one makes an
    English message cost as much as a Persian one (GSM 03.38 has no such letters)."""
    return "".join(letter for letter in text if letter not in "\u2066\u2067\u2068\u2069")


def _plain(text: str) -> str:
    """A stranger's caller ID as plain text: a line break in it would begin a header, a character
    of direction would turn the line round."""
    return "".join(c for c in text if c.isprintable() or c in "\u200c\u200d")[:_LONGEST_NAME]


def _dialled(number: str, language: str) -> str:
    is_handle = any(letter.isalpha() for letter in number)
    return _ISOLATED_LTR.format(number if is_handle else digits(number, language))


def _texts(language: str) -> dict[str, str]:
    return _catalogue()[language]


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(CATALOGUE.read_text("utf-8"))
