"""The answers: what a step's form says, checked, and made true on the box. A function a step."""

from __future__ import annotations

import logging
import re
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from firmware.config import history
from firmware.config.home import Home
from firmware.config.problem import ConfigRejected
from firmware.config.schema import Extension, Site
from firmware.prompts import build
from firmware.prompts.level import Inaudible
from firmware.prompts.voice import CannotSpeak, Text, voice_of
from firmware.store import users
from firmware.store.passwords import weakness
from web.calls import store
from web.settings import audited, edit, wording_problems
from web.system import access, entry, language, trail
from web.system.trail import Change
from web.wizard import changes, places
from web.wizard.asking import Problem
from web.wizard.progress import Step
from web.writing import TONGUES

log = logging.getLogger(__name__)

Form = MultiDict[str, str]

LONGEST_TEXT = 500
LONGEST_PASSWORD = 256
MOST_ROWS = 200
GREETING = "welcome"
"""The prompt that menus greet with: the office's own recording of it stands before the voice's."""

_NUMBER = re.compile(r"[0-9]{2,6}")
LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)


def site(home: Home) -> Site:
    """The configuration as it is."""
    return history.load_current(home)[1]


def language_(home: Home, form: Form) -> None:
    """The office's language."""
    code = form.get("language", "")
    if code not in TONGUES:
        raise Problem("choice")
    _change(home, gettext("Language"), lambda content: changes.office(content, language=code))


def country(home: Home, form: Form) -> None:
    """Its country, and with it the tones of its lines, and its time zone."""
    code, zone = form.get("country", ""), form.get("time_zone", "")
    if code not in dict(places.countries("en")):
        raise Problem("choice")
    of_country = places.zones_of(code)
    if not zone and len(of_country) > 1:
        raise Problem("zone")
    zone = zone or of_country[0]
    if zone not in places.zones():
        raise Problem("choice")
    _change(
        home,
        gettext("Country"),
        lambda content: changes.office(content, country=code, time_zone=zone),
    )


def name(home: Home, form: Form) -> None:
    """The office's name."""
    words = label_of(form.get("name", ""))
    _change(home, gettext("Name of the office"), lambda c: changes.office(c, name=words))


def network(home: Home, form: Form) -> None:
    """The address the box is found at."""
    address = form.get("address", "")
    if address not in dict(places.addresses()):
        raise Problem("choice")
    _change(home, gettext("Network"), lambda content: changes.network(content, address))


def account(_home: Home, form: Form) -> None:
    """A password of one's own in the place of the one that was printed."""
    password, again = form.get("password", ""), form.get("again", "")
    user = access.person()
    if password != again:
        raise Problem("match")
    if len(password) > LONGEST_PASSWORD:
        raise Problem("choice")
    if found := weakness(password, (user.name, language.office().name)):
        raise Problem(str(found))
    trail.write(Change.PASSWORD_CHANGED, subject=user.name)
    users.set_password(store.database(), user.name, password)
    changed = users.find(store.database(), user.name)
    if changed is not None:
        entry.begin(changed)  # all others end, and this one goes on


def extensions(home: Home, form: Form) -> None:
    """Numbers and names of people."""
    numbers, names = form.getlist("number")[:MOST_ROWS], form.getlist("name")[:MOST_ROWS]
    pairs = [
        (number_of(number), label_of(words))
        for number, words in zip(numbers, names, strict=False)
        if number.strip() or words.strip()
    ]
    wanted = dict(pairs)
    if len(wanted) != len(pairs):
        raise Problem("number")
    _change(home, gettext("Extensions"), lambda content: changes.extensions(content, wanted))


def add_extension(home: Home, number: str, words: str) -> str:
    """One extension more, or a name for one that is there; its number."""
    number = number_of(number)
    known = {one.number: one.name for one in site(home).extension}
    if number not in known or words.strip():
        wanted = {number: label_of(words)}
        _change(home, gettext("Extensions"), lambda content: changes.extensions(content, wanted))
    return number


def greeting(home: Home, form: Form) -> None:
    """What callers hear, and where they come to."""
    now = site(home)
    words, to = form.get("text", "").strip(), form.get("to", "")
    if to not in destinations(now):
        raise Problem("choice")
    if words:
        _speak(home, str(now.office.language), words)
    _change(
        home,
        gettext("Greeting"),
        lambda content: changes.greeting(content, free_number(now, "600"), to),
    )


def destinations(now: Site) -> Mapping[str, str]:
    """Where callers may be led: destination to its name."""
    return {
        **{f"queue:{one.name}": one.title for one in now.queue},
        **{f"extension:{one.number}": person_words(one) for one in now.extension},
    }


def person_words(one: Extension) -> str:
    """A number and a name side by side where no markup can be: isolated from one another and
    from what is around them (UAX #9)."""
    return f"\u2066{one.number}\u2069 \u2068{one.name}\u2069"


def free_number(now: Site, first: str) -> str:
    """``first``, or the next number that nothing inside has."""
    number = int(first)
    while str(number) in now.numbers:
        number += 1
    return str(number)


def greeting_file(home: Home, code: str) -> Path:
    """Where the office's own greeting lies."""
    return home.prompts / code / f"{GREETING}.wav"


def number_of(text: str) -> str:
    """An extension's number in whatever digits."""
    number = text.strip().translate(LATIN)
    if not _NUMBER.fullmatch(number):
        raise Problem("number")
    return number


def label_of(text: str) -> str:
    """A name that people read."""
    words = text.strip()
    if not 1 <= len(words) <= 80 or any(ord(c) < 32 or ord(c) == 127 for c in words):
        raise Problem("name")
    return words


def _speak(home: Home, code: str, words: str) -> None:
    if len(words) > LONGEST_TEXT:
        raise Problem("text")
    target = greeting_file(home, code)
    try:
        [speak] = voice_of(code).speak([Text(words=words)])
        sound = build.prepared(speak(), whole=True)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        build.write(target, sound)
        with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False) as new:
            new.write(words)
        Path(new.name).replace(target.with_suffix(".txt"))
    except (CannotSpeak, Inaudible) as error:
        log.warning("the greeting cannot be spoken: %s", error)
        raise Problem("text") from error
    except OSError as error:
        raise Problem("disk") from error


def _change(home: Home, what: str, change: Callable[[edit.Content], edit.Content]) -> None:
    """Change the configuration at once and tell the daemons; the same again is no problem."""
    user = access.person().name
    try:
        applied = edit.apply_at_once(home, user=user, reason=what, change=change)
    except history.NothingToDo:
        return
    except history.MovedOn as error:
        raise Problem("moved") from error
    except ConfigRejected as error:
        raise Problem("rejected", *map(wording_problems.placed, error.problems)) from error
    except (OSError, sqlite3.OperationalError) as error:
        raise Problem("disk") from error
    audited.tell(home, applied.version)


ANSWERS: Mapping[Step, Callable[[Home, Form], None]] = {
    Step.LANGUAGE: language_,
    Step.COUNTRY: country,
    Step.NAME: name,
    Step.NETWORK: network,
    Step.ACCOUNT: account,
    Step.EXTENSIONS: extensions,
    Step.GREETING: greeting,
}
"""Steps whose form is an answer; of the others "go on" is all there is to say."""
