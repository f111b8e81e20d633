"""Analogue cards are set up by what is found."""

from __future__ import annotations

from firmware.box import cards

SCANNED = """\
[1]
active=yes
alarms=OK
description=Wildcard TDM410P
name=WCTDM/0
manufacturer=Digium
devicetype=Wildcard TDM410P
location=PCI Bus 04 Slot 01
basechan=1
totchans=4
irq=16
type=analog
port=1,FXO
port=2,FXO
port=3,FXS
port=4,none
[2]
active=yes
description=Wildcard TDM410P
name=WCTDM/1
basechan=5
totchans=4
type=analog
port=5,FXS
port=6,none
"""


def test_every_module_on_a_card_becomes_a_channel() -> None:
    assert list(cards.channels(SCANNED)) == [(1, "FXO"), (2, "FXO"), (3, "FXS"), (5, "FXS")]


def test_an_fxo_port_is_signalled_as_the_other_end() -> None:
    text = cards.system_conf(SCANNED, "ir")
    assert "fxsks=1\n" in text
    assert "fxoks=3\n" in text
    assert "echocanceller=oslec,5\n" in text
    assert text.endswith("loadzone=ir\ndefaultzone=ir\n")


def test_without_a_card_there_is_nothing_to_set_up() -> None:
    assert cards.system_conf("", "ir") == ""
