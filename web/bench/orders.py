"""What can be done to a line at the bench, by the name in the page's address: data, a row each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from werkzeug.datastructures import MultiDict

from firmware.config.home import Home
from firmware.link.api import BenchApi
from firmware.link.client import Link
from web.bench import speech
from web.bench.outside import Problem

Form = MultiDict[str, str]
Order = Callable[[Link, str, Form], None]

LONGEST_NUMBER, LONGEST_NAME, MOST_KEYS, LONGEST_SMS = 20, 50, 40, 2000

_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)


def folder(home: Home) -> Path:
    """Where sound is handed over to the bench and back, in memory."""
    found = home.ram / "bench"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def number_of(form: Form) -> str:
    """The number somebody typed, in whatever digits; "" is withheld."""
    text = form.get("number", "").translate(_LATIN).replace(" ", "").replace("-", "")
    if len(text) > LONGEST_NUMBER or not all(c in "0123456789*#+" for c in text):
        raise Problem("value")
    return text


def percent_of(form: Form) -> float:
    """A percentage somebody typed, in whatever digits."""
    text = form.get("number", "").strip().translate(_LATIN)
    if not re.fullmatch(r"[0-9]{1,3}", text):
        raise Problem("value")
    return float(text)


def keys_of(form: Form) -> str:
    """The keys somebody typed; "" is none."""
    text = form.get("digits", "").translate(_LATIN).replace(" ", "").upper()
    if len(text) > MOST_KEYS or not all(c in "0123456789*#ABCD" for c in text):
        raise Problem("value")
    return text


def _ring(link: Link, line: str, form: Form) -> None:
    name = form.get("name", "").strip()
    is_sent = name.isprintable() and all(ord(c) < 256 for c in name)  # Bell and V.23: Latin-1
    if len(name) > LONGEST_NAME or not is_sent:
        raise Problem("value")
    link.call(
        BenchApi.ring,
        line=line,
        number=number_of(form),
        name=name,
        digits=keys_of(form),
        say="",
        listen="",
    )


def _lift(link: Link, line: str, form: Form) -> None:
    link.call(BenchApi.lift, line, keys_of(form), "", "")


def _press(link: Link, line: str, form: Form) -> None:
    if not (digits := keys_of(form)):
        raise Problem("value")
    link.call(BenchApi.press, line, digits)


def _flash(link: Link, line: str, form: Form) -> None:
    link.call(BenchApi.flash, line, keys_of(form))


def _text(link: Link, line: str, form: Form) -> None:
    text = form.get("text", "")
    if not text.strip() or len(text) > LONGEST_SMS:
        raise Problem("value")
    sender = form.get("number", "").strip()
    number = sender if sender.isascii() and sender.isalpha() else number_of(form)
    link.call(BenchApi.text, line, number[:LONGEST_NUMBER], text)


def _hush(link: Link, line: str, _form: Form) -> None:
    link.call(BenchApi.say, line, "")


ORDERS: Mapping[str, Order] = {
    "ring": _ring,
    "lift": _lift,
    "press": _press,
    "flash": _flash,
    "text": _text,
    "hush": _hush,
    "answer": lambda link, line, _form: link.call(BenchApi.answer, line),
    "refuse": lambda link, line, _form: link.call(BenchApi.refuse, line),
    "hang-up": lambda link, line, _form: link.call(BenchApi.hang_up, line),
    "reverse": lambda link, line, _form: link.call(BenchApi.reverse, line),
}


def say(link: Link, line: str, path: Path, form: Form, content: bytes) -> None:
    """Let whoever is on the line say a text, or an uploaded file.

    Raises:
        Problem: it cannot be said.
    """
    try:
        if content:
            speech.of_file(content, path)
        else:
            language = form.get("language", "")
            if language not in ("fa", "ar", "en"):
                raise Problem("value")
            speech.of_text(form.get("text", ""), language, path)
    except speech.Unsayable as error:
        raise Problem("sound") from error
    link.call(BenchApi.say, line, str(path))
