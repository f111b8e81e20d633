"""What a caller hears of a sentence, as text: for tests of the grammars."""

from __future__ import annotations

import re

from firmware.model.speech.sentence import REST, prompts_of
from firmware.prompts import catalogue

_VOWELS = re.compile("[\u064b-\u0652\u0670]")


def heard(said, language):
    """The words of the prompts that say it, Arabic without its vowel marks; "|" is a rest.
    A KeyError: a grammar names a prompt that nobody speaks."""
    words = catalogue.of(language)
    names = prompts_of(said, language, words.phrases)
    texts = ("|" if name == REST else words.texts[name] for name in names)
    text = " ".join(texts)
    return _VOWELS.sub("", text) if language == "ar" else text
