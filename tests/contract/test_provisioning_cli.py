"""``markaz phones``: the technician's words on a real provisioning daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contract.provisioned import AGENT, FILE, MAC, Provisioned, curl, password_of, token_in
from tests.unit.cli_box import markaz


@pytest.fixture(scope="module")
def box():
    with Provisioned() as made:
        yield made


def test_from_the_sticker_to_the_configuration(box, tmp_path: Path):
    def said(*words):
        done = markaz(box.home, "phones", *words)
        assert done.exit_code == 0, done.output
        return done.output

    assert said("expect", "00:15:65:4A:A9:37", "--model", "t46g").strip() == MAC
    said("assign", MAC, "101")
    said("adopt", "--minutes", "5")
    assert "open for" in said()
    token = token_in(curl(box.base + FILE, agent=AGENT).text)
    said("shut")
    (row,) = json.loads(said("--json"))["phones"]
    assert (row["state"], row["extensions"], row["is_current"]) == ("adopted", ["101"], True)
    said("override", MAC, "account.1.label", "Front desk")
    assert "Front desk" in said("override", MAC)
    assert "account.1.label" in said("diff", MAC)
    assert "<secret " in said("preview", MAC)
    assert password_of(box.site, "101") not in said("preview", MAC)
    said("override", MAC, "account.1.label", "--drop")
    said("keys", MAC, "line", "blf:102:Sales", "park:701", "night", "line@2")
    rows = said("keys", MAC).splitlines()
    assert [row.split()[1] for row in rows[-5:]] == ["line", "blf", "park", "night", "line"]
    assert "linekey.3.value = *68701" in curl(f"{box.base}p/{token}/{FILE}").text
    said("keys", MAC, "--default")
    assert "night" not in said("keys", MAC)
    said("tftp", MAC, "allow")
    assert any(box.base in line for line in said("router").splitlines())
    image = tmp_path / "T46G.rom"
    image.write_bytes(b"rom")
    said("firmware", "offer", str(image), "--vendor", "yealink", "--share", "100")
    assert "100 %" in said("firmware", "list")
    assert curl(f"{box.base}p/{token}/firmware/T46G.rom").body == b"rom"
    said("firmware", "withdraw", "T46G.rom")
    picture = tmp_path / "office.png"
    picture.write_bytes(b"png")
    said("media", "offer", "wallpaper", str(picture), "--vendor", "yealink")
    assert "office.png" in said("media", "list")
    assert curl(f"{box.base}p/{token}/media/office.png").body == b"png"
    said("media", "withdraw", "office.png")
    address = said("softphone", "103").splitlines()[0].split()[1]
    assert password_of(box.site, "103") in curl(address).text
    said("revoke", MAC)
    assert curl(f"{box.base}p/{token}/{FILE}").status == 404
    said("forget", MAC)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("assign", "0015650000ff", "101"), "no telephone 0015650000ff is known"),
        (("assign", "nonsense", "101"), "no MAC address"),
        (("expect", "0015650000fe", "--model", "no-such"), "must be of one family"),
        (("media", "offer", "ring", "/none"), "there is no file"),
        (("keys", "0015650000ff"), "no telephone 0015650000ff is known"),
        (("push", "0015650000ff"), "no telephone 0015650000ff is known"),
        (("firmware", "offer", "/none", "--vendor", "yealink"), "there is no file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(box, words, why):
    done = markaz(box.home, "phones", *words)
    assert done.exit_code == 1
    assert why in done.stderr
    assert len(done.stderr.splitlines()) == 1
