"""Telephones at the daemon itself, over HTTP: recorded requests, ranges, uploads."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from firmware.link.api import ProvisionApi
from provisioning.serve.uploads import MOST_OF_FILE
from tests.contract.provisioned import (
    FILE,
    MAC,
    curl,
    password_of,
    sequences,
    token_in,
)

SEQUENCES = [sequence for sequence in sequences() if sequence["mac"]]
HTTP = [sequence for sequence in SEQUENCES if "http" in str(sequence["transport"])]

# -- replay ----------------------------------------------------------------------------------


def name_of(sequence):
    return f"{sequence['vendor']}-{sequence['model']}"


@pytest.mark.parametrize("sequence", HTTP, ids=name_of)
def test_a_recorded_telephone_gets_its_files_once_and_its_password_in_the_right_one(
    fresh, sequence
):
    mac, agent = sequence["mac"], sequence["user_agent"] or ""
    fresh.admit(mac, "101", model="" if agent else sequence["model"] * 0)
    password = password_of(fresh.site, "101")
    given = {}
    for asked in sequence["requests"]:
        method, path = asked.split(" ") if " " in asked else ("GET", asked)
        got = curl(fresh.base + path, "-X", method, agent=agent)
        assert got.status in (200, 404), path
        assert got.total_s < 1.0
        if got.status == 200:
            given[path] = got.text
            if got.text.lstrip().startswith("<") and "xml" in got.header("Content-Type"):
                ET.fromstring(got.text)
    assert set(sequence["secret_files"]) <= set(given), (set(given), sequence["requests"])
    holding = {path for path, text in given.items() if password in text}
    assert holding == set(sequence["secret_files"])
    for path in sequence["secret_files"]:
        assert curl(fresh.base + path, agent=agent).status == 404
    row = fresh.phone(mac)
    assert (row.state, row.is_current, row.last_result) == ("adopted", True, "complete")


@pytest.mark.parametrize("sequence", HTTP, ids=name_of)
def test_what_no_telephone_gets_is_a_small_404(fresh, sequence):
    agent = sequence["user_agent"] or ""
    for asked in sequence["requests"]:
        got = curl(fresh.base + asked.split(" ")[-1], agent=agent)
        assert (got.status, got.text) == (404, "not found\n")


@pytest.mark.parametrize("sequence", HTTP, ids=name_of)
def test_with_the_token_of_its_first_file_everything_comes_again(fresh, sequence):
    """What a telephone is told once must lead it to the rest for ever."""
    mac, agent = sequence["mac"], sequence["user_agent"] or ""
    fresh.admit(mac, "101")
    secret = sequence["secret_files"][0]
    token = token_in(curl(fresh.base + secret, agent=agent).text)
    with fresh.control() as link:
        link.call(ProvisionApi.close_window)
    again = curl(f"{fresh.base}p/{token}/{secret}", agent=agent)
    assert password_of(fresh.site, "101") in again.text


# -- HTTP ------------------------------------------------------------------------------------


def test_head_says_what_get_sends(own):
    got = curl(own + FILE)
    looked = curl(own + FILE, "-I")
    assert looked.status == 200
    assert int(looked.header("Content-Length")) == len(got.body)
    assert looked.header("Content-Type") == got.header("Content-Type")


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("0-99", 206, slice(0, 100)),
        ("100-", 206, slice(100, None)),
        ("-50", 206, slice(-50, None)),
        ("0-999999", 206, slice(0, None)),
        ("5-2", 200, slice(0, None)),
        ("0-1,5-6", 200, slice(0, None)),
        ("999999-", 416, slice(0, 0)),
    ],
)
def test_ranges(own, asked, status, part):
    whole = curl(own + FILE).body
    got = curl(own + FILE, "-H", f"Range: bytes={asked}")
    assert (got.status, got.body) == (status, whole[part])
    if status == 206:
        assert got.header("Content-Range").endswith(f"/{len(whole)}")


def test_http_1_0_is_spoken(own):
    got = curl(own + FILE, "--http1.0")
    assert got.status == 200
    assert got.header("Transfer-Encoding") == ""


def test_a_nul_at_the_end_does_no_harm(own):
    assert curl(own + FILE + "%00").status == 200


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "TRACE", "PROPFIND", "CONNECT"])
def test_other_methods_are_refused_alike(own, method):
    assert curl(own + FILE, "-X", method).status in (400, 404)


def test_logs_of_telephones_are_kept_small(fresh, own, tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_text("phone log\n")
    large.write_bytes(b"x" * (MOST_OF_FILE + 1))
    assert curl(own + f"{MAC}-app.log", "-T", str(small)).status == 200
    kept = fresh.home.provision / "logs" / MAC / f"{MAC}-app.log"
    assert kept.read_text() == "phone log\n"
    assert curl(own + "b.log", "-T", str(large)).status == 413
    assert curl(own + "..%2f..%2fphones.sqlite", "-T", str(small)).status == 404
    assert curl(own + f"{MAC}-app.log").status == 404
    assert curl(fresh.base + f"{MAC}-app.log", "-T", str(small)).status == 404
    for n in range(40):
        curl(own + f"{n}.log", "-T", str(small))
    assert len(list(kept.parent.iterdir())) == 32
