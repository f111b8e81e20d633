"""The document: every scalar is a text that the schema types, and what is written reads back."""

from __future__ import annotations

import random
import typing
from typing import Any

import pytest
from pydantic import BaseModel, BeforeValidator, SecretStr, TypeAdapter, ValidationError

from firmware.box import first
from firmware.config import document
from firmware.config.emergency import of_country
from firmware.config.problem import ConfigRejected, Problem
from firmware.config.reading import MASK, read
from firmware.config.scalar import scalar
from firmware.config.schema import (
    Choice,
    Extension,
    Ivr,
    Line,
    LineDriver,
    LineKind,
    Network,
    Office,
    Queue,
    Site,
    Switch,
)
from firmware.config.types import Truth
from firmware.model.acd import Strategy
from firmware.model.features import DEFAULT_CODES


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigRejected) as caught:
        document.parse(text)
    return caught.value.problems


# -- every scalar is a text ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["0912", "yes", "no", "on", "1e3", "0x1F", "1_000", "12:30:45", "2026-11-21", "true", ".5"],
)
def test_no_scalar_becomes_something_else(text: str) -> None:
    assert read(f"a: {text}\nb: [{text}]").document == {"a": text, "b": [text]}
    assert document.parse(f"office: {{name: {text}}}").office.name == text


def test_the_schema_gives_each_scalar_its_type() -> None:
    site = document.parse(
        """
        office: {country: no}
        network: {sip_port: "5070"}
        switch: {ring_timeout_s: 2.5, bridge_rate_hz: 8000}
        extension:
          - {number: 00912, name: on, password: 007007}
          - {number: "*21#", name: null and void, password: yes}
        """
    )

    assert site.office.country == "no"
    assert site.network.sip_port == 5070
    assert (site.switch.ring_timeout_s, site.switch.bridge_rate_hz) == (2.5, 8000)
    assert [e.number for e in site.extension] == ["00912", "*21#"]
    assert [e.password and e.password.get_secret_value() for e in site.extension] == [
        "007007",
        "yes",
    ]


@pytest.mark.parametrize("text", ["05060", "5060.0", "5_060", "+5060", "0x13C4", " 5060", "1e3"])
def test_a_whole_number_is_written_in_one_way(text: str) -> None:
    [problem] = problems_of(f'network: {{sip_port: "{text}"}}')

    assert problem.reason == "must be a whole number in the digits 0-9"


@pytest.mark.parametrize("digits", ["۵۰۶۱", "٥٠٦١"])
def test_persian_and_arabic_digits_are_refused_with_what_to_write(digits: str) -> None:
    found = problems_of(
        f"network: {{sip_port: {digits}}}\nextension: [{{number: {digits}, name: a, password: b}}]"
    )

    assert [(p.path, p.suggestion) for p in found] == [
        ("network.sip_port", "write 5061"),
        ("extension[0].number", "write 5061"),
    ]


def test_truth_is_true_or_false_and_nothing_else() -> None:
    truth: TypeAdapter[bool] = TypeAdapter(Truth)
    assert truth.validate_python("true") is True
    assert truth.validate_python("false") is False
    for text in ("yes", "no", "on", "off", "1", "0", "True", "FALSE", "t", "", 1):
        with pytest.raises(ValidationError):
            truth.validate_python(text)


def test_no_field_of_the_schema_leaves_a_number_or_truth_to_pydantics_own_reading() -> None:
    fields = list(fields_of(Site))
    numbers = [(name, f) for name, f in fields if {int, float, bool} & set(leaves(f.annotation))]

    assert len(numbers) > 15
    for name, field in numbers:
        rules = [*field.metadata, *rules_within(field.annotation)]
        assert any(isinstance(rule, BeforeValidator) for rule in rules), name


def fields_of(section: type[BaseModel]) -> typing.Iterator[tuple[str, Any]]:
    for name, field in section.model_fields.items():
        yield name, field
        for leaf in leaves(field.annotation):
            if isinstance(leaf, type) and issubclass(leaf, BaseModel):
                yield from fields_of(leaf)


def rules_within(annotation: Any) -> list[Any]:
    """The rules of a type that may be left out: of the ``Annotated`` in ``TcpPort | None``."""
    inside = [rule for part in typing.get_args(annotation) for rule in rules_within(part)]
    return [*getattr(annotation, "__metadata__", ()), *inside]


def leaves(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Literal:
        return [type(value) for value in typing.get_args(annotation)]
    parts = typing.get_args(annotation)
    return [leaf for part in parts for leaf in leaves(part)] if parts else [annotation]


# -- what of YAML is not taken ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "column", "path", "reason"),
    [
        ("office:\n  name: a\n  name: b", 3, 3, "office.name", "line 2, column 3 has it already"),
        ("office: {}\nqueue: []\noffice: {}", 3, 1, "office", "stands here twice"),
        ("office:\n  name: &x a", 2, 9, "office.name", "an anchor is not used here"),
        ("&x\noffice: {}", 1, 1, "", "an anchor is not used here"),
        ("&x office: {}", 1, 1, "office", "an anchor is not used here"),
        ("office: *x", 1, 9, "office", "an alias is not used here"),
        ("queue:\n- *x", 2, 3, "queue[0]", "an alias is not used here"),
        ("office:\n  <<: {name: a}", 2, 3, "office", "merge keys are not used here"),
        ("office:\n  name: !!str a", 2, 9, "office.name", "a tag is not used here"),
        ("office:\n  name: ! a", 2, 9, "office.name", "a tag is not used here"),
        ("office: !!python/object:os.system {}", 1, 9, "office", "a tag is not used here"),
        ("office:\n  name:", 2, 8, "office.name", "has no value"),
        ("office:\n  name: ~", 2, 9, "office.name", "has no value"),
        ("office:\n  language: null", 2, 13, "office.language", "has no value"),
        ("office:\n  [a]: b", 2, 3, "office", "a key must be a word"),
        ("office: {'': b}", 1, 10, "office", "a key must be a word"),
        ("office: {}\n---\nqueue: []", 2, 1, "", "a second document begins here"),
        ("# nothing\n- office", 2, 1, "", "must be sections"),
        ("a: " + "[" * 20, 1, 14, "", "is nested deeper than 10"),
        ("office:\n\tname: a", 2, 1, "", "this is not YAML"),
        ("office:\n  name: a: b", 2, 10, "", "this is not YAML"),
        ("office:\n  name: @a", 2, 9, "", "this is not YAML"),
        ("office:\n  name: 'a\n", 3, 1, "", "this is not YAML"),
        ("office: [a", 2, 1, "", "this is not YAML"),
        ("office:\n  name: a\n country: b", 3, 2, "", "this is not YAML"),
        ("ivr:\n - digit: *", 2, 12, "", "this is not YAML"),
        ("office:\n  name: a\x07", 2, 10, "", "the character U+0007 cannot stand in YAML"),
    ],
)
def test_what_is_refused_is_refused_at_its_place(
    text: str, line: int, column: int, path: str, reason: str
) -> None:
    found = problems_of(text)

    first_ = next(p for p in found if reason in p.reason)
    assert (first_.line, first_.column, first_.path) == (line, column, path)
    assert first_.suggestion or "nested" in reason
    assert str(first_).startswith(f"line {line}, column {column}: ")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("office:\n\tname: a", "indent with spaces, not with tabs"),
        ("a: @b", "a text that begins with @ goes in quotes"),
        ("a: *", 'a text that begins with "*" goes in quotes'),
        ("a: b: c", 'a text with ": " in it goes in quotes'),
        ("a: 'b", "is a quotation mark not closed"),
        ("a: [b", "is a bracket not closed?"),
        ("a: {b", "is a brace not closed?"),
        ("a:\n  b\nc\n", "after a key come a colon and a space"),
        ("a: #", "begins with # goes in quotes"),
    ],
)
def test_a_slip_in_the_writing_gets_advice(text: str, advice: str) -> None:
    assert any(advice in problem.suggestion for problem in problems_of(text))


def test_what_the_reading_refuses_hides_no_other_problem_and_causes_none() -> None:
    found = problems_of(
        "office: {name: a, name: b, langage: fa}\n"
        "extension: [{number: *x, name: ~, password: p}]\n"
        "queue: [{name: q, title: !t T, members: [9]}]"
    )

    assert [(p.line, p.path) for p in found] == [
        (1, "office.name"),
        (1, "office.langage"),
        (2, "extension[0].number"),
        (2, "extension[0].name"),
        (3, "queue[0].title"),
        (3, "queue[0].members[0]"),
    ]


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing yet\n", "---\n", "---\n...\n", "\ufeff", "{}"]
)
def test_an_empty_document_is_a_site_of_defaults(text: str) -> None:
    assert document.parse(text) == Site()


@pytest.mark.parametrize("text", ["\ufeffoffice: {name: a}", "office:\r\n  name: a\r\n"])
def test_what_windows_editors_write_is_read(text: str) -> None:
    assert document.parse(text).office.name == "a"


def test_a_key_twice_keeps_the_first_for_the_other_checks() -> None:
    [problem] = problems_of("ivr: [{name: a, name: b, choice: [{digit: 1, to: ivr:a}]}]\n")

    assert problem.path == "ivr[0].name"


# -- writing ------------------------------------------------------------------------------


def test_a_dump_reads_like_a_form() -> None:
    site = Site(
        office=Office(name="دفتر مرکزی"),
        extension=(
            Extension(number="0912", name="می\u200cخواهم", password=SecretStr("*a: #b")),
            Extension(number="*21#", name="no"),
        ),
        queue=(Queue(name="support", number="601", title="پشتیبانی", members=("0912", "*21#")),),
    )

    text = document.dump(site, secrets=True)

    assert text.startswith("# The site configuration.\n\n# Who and where the office is.\noffice:\n")
    assert "\n  name: دفتر مرکزی\n" in text
    assert "\n  ring_timeout_s: 30\n" in text
    assert (
        "extension:\n"
        "  - number: 0912\n"
        "    name: می\u200cخواهم\n"
        '    password: "*a: #b"\n'
        '  - number: "*21#"\n'
        '    name: "no"\n'
    ) in text
    assert "\nline: []\n" in text
    assert '\n    members: [0912, "*21#"]\n' in text
    sections = [line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()]
    assert sections == list(Site.model_fields)


def test_a_masked_dump_shows_no_password_and_each_mask_is_refused() -> None:
    site = first.site(0)
    masked = document.dump(site, secrets=False)

    assert f'password: "{MASK}"' in masked
    assert not any(e.password.get_secret_value() in masked for e in site.extension if e.password)
    found = problems_of(masked)
    assert [p.path for p in found] == [f"extension[{n}].password" for n in range(4)]
    assert all("not a password" in p.reason and "--secrets" in p.suggestion for p in found)
    assert masked.splitlines()[found[0].line - 1] == f'    password: "{MASK}"'


def test_the_first_site_reads_back() -> None:
    site = first.site(0)

    assert document.parse(document.dump(site, secrets=True)) == site


def test_random_sites_read_back_the_same_and_are_written_the_same() -> None:
    dice = random.Random(11)
    for _ in range(150):
        site = random_site(dice)
        text = document.dump(site, secrets=True)
        again = document.parse(text)
        assert again == site, text
        assert document.dump(again, secrets=True) == text


def test_random_texts_read_back_whatever_they_are() -> None:
    dice = random.Random(12)
    for _ in range(3000):
        text = random_text(dice)
        flow = read(f"a: {scalar(text)}\nb: [{scalar(text)}, {{c: {scalar(text)}}}]").document
        assert flow == {"a": text, "b": [text, {"c": text}]}, text


SIGNS = " \t\n\r-?:,[]{}#&*!|>'\"%@`=~<.\\/+_"
LETTERS = "abn01لپ۵é你\u200c\u200d\u200b\u202e\u2028\ufeff\xa0\x85\x7f\x00😀"
WORDS = ("yes", "No", "null", "~", "0912", "1e3", "---", "...", ": ", " #", "<<", "true", MASK)


def random_text(dice: random.Random) -> str:
    parts = [dice.choice(WORDS) if dice.random() < 0.2 else dice.choice(SIGNS + LETTERS * 2)]
    return "".join(parts + dice.choices(SIGNS + LETTERS * 3, k=dice.randrange(12)))


def label(dice: random.Random) -> str:
    text = random_text(dice) if dice.random() < 0.7 else dice.choice(WORDS)
    return "".join(c for c in text if c >= " " and c != "\x7f") or "-"


def random_site(dice: random.Random) -> Site:
    drawn = {"".join(dice.choices("0123456789*#+", k=dice.randrange(1, 9))) for _ in range(12)}
    taken = {*of_country("no"), *of_country("ir"), *of_country("on")}
    free = [number for number in drawn if number not in taken]
    numbers = [number for number in free if DEFAULT_CODES.parse(number) is None]
    inside, menu_number, queue_number = numbers[:-2], numbers[-2], numbers[-1]
    queue = Queue(
        name=dice.choice(("yes", "0", "null", "a-b")),
        number=dice.choice((None, queue_number)),
        title=label(dice),
        members=tuple(dice.sample(inside, dice.randrange(len(inside)))),
        strategy=dice.choice(list(Strategy)),
        offer_timeout_s=dice.choice((1.0, 0.1, 1e-7, 3600.0, dice.uniform(0.001, 3600))),
        wrap_up_s=dice.choice((0.0, dice.uniform(0, 3600))),
    )
    menu = Ivr(
        name=dice.choice(("true", "m", "1e3")),
        number=dice.choice((None, menu_number)),
        choice=tuple(
            Choice(digit=digit, to=dice.choice((f"queue:{queue.name}", f"extension:{inside[0]}")))
            for digit in dice.sample("0123456789*#", dice.randrange(1, 12))
        ),
        otherwise=dice.choice((None, f"queue:{queue.name}")),
    )
    return Site(
        office=Office(name=label(dice), country=dice.choice(("no", "ir", "on"))),
        network=Network(sip_port=dice.randrange(1024, 5000)),
        switch=Switch(max_calls=dice.randrange(1, 251), bridge_rate_hz=48000),
        extension=tuple(
            Extension(
                number=n, name=label(dice), password=SecretStr(f"x{label(dice)}".translate(SEEN))
            )
            for n in inside
        ),
        line=(
            Line(
                name="0-x",
                kind=LineKind.TRUNK,
                driver=LineDriver.DAHDI,
                device=dice.choice(("/dev/dahdi/1", "#", "*", "a:b", "[", "'", "%")),
                route=f"ivr:{menu.name}",
            ),
        ),
        ivr=(menu,),
        queue=(queue,),
    )


SEEN = {ord(c): "?" for c in SIGNS + LETTERS if not c.isprintable()}
"""Passwords have no characters that cannot be seen."""
