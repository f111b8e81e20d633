"""Emergency numbers: our table against libphonenumber's metadata."""

from __future__ import annotations

import tomllib

import pytest

from firmware.config import emergency
from firmware.config.schema import Emergency, Office, Site

TABLE = tomllib.loads(emergency._TABLE.read_text("utf-8"))


@pytest.mark.parametrize("country", TABLE)
def test_every_number_is_known_to_the_library_or_says_who_announced_it(country) -> None:
    library = set(emergency._of_the_library(country))
    beyond = TABLE[country].get("beyond", {})
    ours = set(emergency.of_country(country))
    assert ours - library == set(beyond), "in our table and not in the library's"
    assert all(beyond.values())
    assert all(number.isdigit() and 2 <= len(number) <= 4 for number in ours)


@pytest.mark.parametrize(
    ("country", "must"),
    [
        ("ir", {"110", "112", "115", "125"}),
        ("ae", {"112", "997", "998", "999"}),
        ("sa", {"911", "997", "998", "999"}),
        ("eg", {"122", "123", "180"}),
        ("iq", {"104", "115", "122", "911"}),
        ("us", {"911"}),
        ("gb", {"112", "999"}),
        ("nl", {"112"}),
        ("jo", {"911"}),
    ],
)
def test_what_must_be_there(country, must) -> None:
    assert must <= set(emergency.of_country(country))


def test_a_country_nobody_knows_still_has_one() -> None:
    assert set(emergency.of_country("xx")) == {"112"}


def test_an_office_adds_its_own_and_takes_none_away() -> None:
    site = Site(office=Office(country="ir"), emergency=Emergency(numbers=("1490",)))
    assert set(emergency.numbers_of(site)) == {"110", "112", "115", "125", "1490"}
