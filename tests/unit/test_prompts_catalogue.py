"""The catalogue of prompts is whole: every language says the same things, with the same gaps, and
has the words of its numbers, all of them and no other."""

from __future__ import annotations

import re
import tomllib

import pytest

from firmware.model.features import Feature
from firmware.model.speech.parts import (
    Cardinal,
    Count,
    Currency,
    Date,
    Digits,
    Duration,
    Money,
    Noun,
    Ordinal,
    TimeOfDay,
)
from firmware.model.speech.sentence import REST, prompts_of
from firmware.prompts import catalogue
from firmware.prompts.catalogue import LANGUAGES, BadCatalogue


def everything_said(language):
    """Prompts of every kind of part, over all the shapes its grammar has."""
    numbers = [*range(10_000), *(n * 10**e for n in range(1, 1000) for e in (3, 6, 9))]
    numbers += [n * 10**e + 1 for n in range(1, 1000) for e in (3, 6, 9)] + [10**12]
    duals = [
        n * 10**e + m
        for e in (3, 6, 9)
        for n in (2, 102, 1002)
        for m in (0, 1)
        if n * 10**e < 10**12
    ]
    duals += [1_002_000, 1_002_000_000, 2_000_002_000]
    parts = [Cardinal(n) for n in numbers] + [Ordinal(n) for n in numbers if n]
    parts += [Count(n, noun) for noun in Noun for n in (*range(125), 1200, *duals)]
    parts += [TimeOfDay(n // 60, n % 60) for n in range(1440)]
    parts += [Duration(n) for n in (*range(200), *range(0, 10**6, 601))]
    parts += [
        Date(year=year, month=month, day=day, weekday=day % 7)
        for year in (None, *range(1000, 3000))
        for month in range(1, 13)
        for day in (range(1, 32) if year in (None, 2000) else (1,))
    ]
    for currency in Currency:
        hundredths = range(100) if currency not in (Currency.RIAL, Currency.TOMAN) else (0,)
        parts += [Money(n, currency, h) for n in range(125) for h in hundredths if n < 2 or h < 3]
    parts.append(Digits("0123456789*#+"))
    return {name for part in parts for name in prompts_of(part, language, {})} | {REST}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_language_are_those_its_grammar_says(language):
    words = {name for name in catalogue.load(language).texts if is_word(name, language)}

    assert everything_said(language) == words


def is_word(name, language):
    """Of the language's own file, not a prompt or the text around the gaps of a phrase."""
    folders = tomllib.loads((catalogue.FOLDER / f"{language}.toml").read_text("utf-8"))
    return name == REST or name.partition("/")[0] in folders


def test_a_phrase_has_the_same_gaps_in_every_language():
    gaps = [
        {name: catalogue.gaps(shape) for name, shape in catalogue.load(language).phrases.items()}
        for language in LANGUAGES
    ]
    assert gaps[0] == gaps[1] == gaps[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_written_in_the_letters_of_its_language(language):
    script = "[a-zA-Z]" if language == "en" else "[\u0620-\u064a\u067e-\u06cc]"
    other = "[\u0600-\u06ff]" if language == "en" else "[a-zA-Z]"
    for name, text in catalogue.load(language).texts.items():
        assert name == REST or re.search(script, text), name
        assert not re.search(other, text), name


def test_arabic_is_written_with_its_vowels():
    """Without them espeak-ng leaves them out: "rsaa'l dzhdiidt" for «رسائل جديدة»."""
    for name, text in catalogue.load("ar").texts.items():
        letters = len(re.findall("[\u0621-\u064a]", text))
        vowels = len(re.findall("[\u064b-\u0652]|[\u0627\u0648\u064a\u0649]", text))
        assert name == REST or vowels >= 0.35 * letters, f"{name}: {text}"


def test_every_feature_has_its_name():
    prompts = catalogue.load("en").texts

    assert not [feature for feature in Feature if f"feature_{feature}" not in prompts]


@pytest.fixture
def folder(tmp_path):
    for language in LANGUAGES:
        (tmp_path / f"{language}.toml").write_text("[number]\n1 = 'one'\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nen = 'A'\nfa = 'ا'\n", "calls.toml: prompt 'a' has no text in ar"),
        ("[a]\nen = 'A'\nfa = 'ا'\nar = ' '\n", "prompt 'a' has no text in ar"),
        ("[a]\nen = 'A'\nfa = 'ا'\nar = 'ا'\nde = 'A'\n", "prompt 'a': no language 'de'"),
        ("[a\n", "calls.toml: "),
    ],
)
def test_a_broken_catalogue_says_where(folder, text, message):
    (folder / "calls.toml").write_text(text)

    with pytest.raises(BadCatalogue, match=re.escape(message)):
        catalogue.load("en", folder)


def test_a_prompt_that_is_there_twice_is_an_error(folder):
    for name in ("calls", "features"):
        (folder / f"{name}.toml").write_text("[a]\nen = 'A'\nfa = 'ا'\nar = 'ا'\n")

    with pytest.raises(BadCatalogue, match="'a' is in the catalogue twice"):
        catalogue.load("fa", folder)


def test_a_word_with_a_plus_is_there_twice(folder):
    (folder / "fa.toml").write_text("joined_by = ' و'\n[number]\n'20+' = 'بیست'\n")
    (folder / "ar.toml").write_text("joined_by = 'و'\n[number]\n'+20' = 'عشرون'\n")

    assert catalogue.load("fa", folder).texts["number/20_and"] == "بیست و"
    assert catalogue.load("ar", folder).texts["number/and_20"] == "وعشرون"
