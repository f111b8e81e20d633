"""What a caller hears of a sentence, as text: for tests of the grammars."""

from __future__ import annotations

import re

from firmware.model.speech.sentence import REST, prompts_of
from firmware.prompts import catalogue

_VOWELS = re.compile("[\u064b-\u0652\u0670]")


def heard(said, language):
    """The words of the prompts that say it, without vowel marks; "|" is a rest. A KeyError: a
    grammar names a prompt that nobody speaks."""
    words = catalogue.of(language)
    names = prompts_of(said, language, words.phrases)
    texts = ("|" if name == REST else words.texts[name] for name in names)
    return bare(" ".join(texts))


def bare(text):
    """A text without the marks of its vowels, which are written for the voice."""
    return _VOWELS.sub("", text)
