"""What the box's own screen says."""

from __future__ import annotations

import dataclasses
from ipaddress import IPv4Address

from firmware.box import address, first, screen
from firmware.box.screen import Sight

OFFICE = IPv4Address("192.168.7.20")

SEEN = Sight(
    board="x86",
    slot="A",
    host="markaz",
    own=((OFFICE, "eth0"),),
    site=address.of_the_image(address.moved(first.site(0), [OFFICE], OFFICE), "x86"),
    up=("switchd", "console"),
    down=(),
    first_password="abcd2345",
)


def test_says_where_the_box_is_and_how_to_sign_in() -> None:
    said = screen.text(SEEN)
    assert "http://192.168.7.20/  or  http://markaz.local/" in said
    assert "192.168.7.20 (eth0)" in said
    assert "slot A" in said
    assert "everything answers" in said
    assert "Sign in as owner with abcd2345" in said


def test_says_what_is_wrong() -> None:
    assert "lined do not answer; switchd do" in screen.text(
        dataclasses.replace(SEEN, up=("switchd",), down=("lined",))
    )
    alone = screen.text(dataclasses.replace(SEEN, own=(), site=None, up=(), first_password=""))
    assert "no network" in alone
    assert "Sign in" not in alone


def test_every_key_stands_on_the_screen() -> None:
    said = screen.text(SEEN)
    assert all(f"{key} {words}" in said for key, (words, _) in screen.KEYS.items())
