"""The catalogue of prompts: what the voice says, by language and name.

``calls.toml`` and its like hold a table a prompt with a text a language; ``en.toml``,
``fa.toml`` and ``ar.toml`` hold the words of one language's numbers, dates and counts, named
``folder/word``. A text with gaps is a *phrase*: what stands between its gaps becomes prompts
of their own, named ``phrase/1``, ``phrase/2``, which are played around what fills the gaps.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.model.speech.sentence import REST, Slot

LANGUAGES = ("en", "fa", "ar")

FOLDER = Path(__file__).parent

_GAP = re.compile(r"{([a-z_]+)}")


class BadCatalogue(ValueError):
    """A text of the catalogue cannot be what it is meant to be; the text says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything one language says: ``texts`` by prompt, and the ``phrases`` made of them.

    ``whole`` names the prompts that are heard alone; any other is part of a sentence.
    """

    texts: Mapping[str, str]
    phrases: Mapping[str, tuple[str | Slot, ...]]
    whole: frozenset[str]


def load(language: str, folder: Path = FOLDER) -> Catalogue:
    """The catalogue of one language.

    Raises:
        BadCatalogue: a prompt is there twice, has no text, or no text in this language.
    """
    texts: dict[str, str] = dict(_words(folder / f"{language}.toml"))
    phrases: dict[str, tuple[str | Slot, ...]] = {}
    whole = set()
    for name, text in _prompts(language, folder):
        if name in texts or name in phrases:
            raise BadCatalogue(f"prompt '{name}' is in the catalogue twice")
        if not _GAP.search(text):
            texts[name] = text
            whole.add(name)
            continue
        pieces = dict(_pieces(name, text))
        phrases[name] = tuple(pieces)
        texts.update({key: piece for key, piece in pieces.items() if isinstance(key, str)})
    texts[REST] = ""
    return Catalogue(texts=texts, phrases=phrases, whole=frozenset(whole))


@functools.cache
def of(language: str) -> Catalogue:
    """The box's own catalogue of one language, read once."""
    return load(language)


def gaps(phrase: tuple[str | Slot, ...]) -> frozenset[str]:
    """The names of a phrase's gaps."""
    return frozenset(piece.name for piece in phrase if isinstance(piece, Slot))


def _pieces(name: str, text: str) -> Iterator[tuple[str | Slot, str]]:
    """The gaps of a text and what stands between them, in order; marks alone are not spoken."""
    number = 0
    for index, piece in enumerate(_GAP.split(text)):
        if index % 2:
            yield Slot(piece), ""
        elif any(character.isalnum() for character in piece):
            number += 1
            yield f"{name}/{number}", piece.strip()


def _prompts(language: str, folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.toml")):
        if path.stem in LANGUAGES:
            continue
        for name, texts in _read(path).items():
            missing = [one for one in LANGUAGES if not str(texts.get(one, "")).strip()]
            if missing:
                raise BadCatalogue(f"{path.name}: prompt '{name}' has no text in {missing[0]}")
            if strange := set(texts) - set(LANGUAGES):
                raise BadCatalogue(f"{path.name}: prompt '{name}': no language '{min(strange)}'")
            yield name, texts[language]


def _words(path: Path) -> Iterator[tuple[str, str]]:
    tables = _read(path)
    joined_by = tables.pop("joined_by", "")
    for folder, words in tables.items():
        for key, text in words.items():
            word = key.strip("+")
            yield f"{folder}/{word}", text
            if key.endswith("+"):
                yield f"{folder}/{word}_and", text + joined_by
            elif key.startswith("+"):
                yield f"{folder}/and_{word}", joined_by + text


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadCatalogue(f"{path.name}: {error}") from error
