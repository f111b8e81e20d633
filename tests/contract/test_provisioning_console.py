"""The console's pages of telephones, on a real provisioning daemon."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import flask_babel
import pytest

from firmware.link.api import ProvisionApi
from tests.contract.provisioned import AGENT, FILE, MAC, curl, password_of, token_in
from tests.unit.test_web_language import Marks, stray_words
from tests.unit.web_fixtures import signed_in
from web.app import create_app, shut

OTHER = "0015654aa938"


@pytest.fixture(scope="module")
def app(box):
    made = create_app(box.home)
    made.testing = False
    yield made
    shut(made)


@pytest.fixture
def client(app, fresh):
    return signed_in(app)


def post(client, path, **fields):
    """Send a form of the page, with its token."""
    page = client.get("/phones").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return client.post(path, data={"csrf_token": token, **fields})


def test_from_the_first_request_to_the_whole_configuration(client, box):
    """As a technician does it: open, see, choose; nothing is typed but a click."""
    curl(box.base + FILE)
    page = client.get("/phones").text
    assert "00:15:65:4A:A9:37" in page
    assert "Yealink T46G" in page
    assert "Asked, not adopted" in page
    assert post(client, "/phones/window", minutes="10").status_code == 302
    assert "New telephones are let in until" in client.get("/phones").text
    token = token_in(curl(box.base + FILE).text)
    assert "Waits for its extension" in client.get("/phones/rows").text
    assert post(client, f"/phones/{MAC}/assign", extension="101").status_code == 302
    assert password_of(box.site, "101") in curl(f"{box.base}p/{token}/{FILE}").text
    page = client.get(f"/phones/{MAC}").text
    assert "Up to date" in page
    assert "&lt;secret " in page
    assert password_of(box.site, "101") not in page
    assert token not in page


def test_override_difference_and_back(client, box):
    box.admit(MAC, "101")
    token = box.token(MAC, FILE, AGENT)
    where = f"/phones/{MAC}/override"
    hostile = '<script>alert("x")</script> & علی'
    assert post(client, where, name="account.1.label", value=hostile).status_code == 302
    page = client.get(f"/phones/{MAC}").text
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page
    assert "علی" in curl(f"{box.base}p/{token}/{FILE}").text
    assert post(client, where, name="account.1.label", drop="1").status_code == 302
    refused = post(client, where, name="no.such.thing", value="1")
    assert refused.status_code == 409
    assert "knows this parameter" in refused.text


KINDS = ["line", "blf", "park", "queue", "night", "none", "none"]


def test_keys_are_laid_out_with_the_exchange_s_codes_and_taken_back(client, box):
    box.admit(MAC, "101")
    own = f"{box.base}p/{box.token(MAC, FILE, AGENT)}/{FILE}"
    page = client.get(f"/phones/{MAC}").text
    assert page.count('<select name="kind"') >= len(KINDS)
    fields = {
        "kind": KINDS,
        "value": ["", "102", "701", "", "", "", ""],
        "label": ["", "فروش", "پارک", "صف", "شب", "", ""],
    }
    assert post(client, f"/phones/{MAC}/keys", **fields).status_code == 302
    told = curl(own).text
    assert "linekey.2.value = 102\nlinekey.2.label = فروش\n" in told
    assert "linekey.3.value = *68701" in told
    assert "linekey.4.value = *22" in told
    assert "linekey.5.value = *28" in told
    assert "linekey.6.type = 0" in told
    page = client.get(f"/phones/{MAC}").text
    assert 'value="701"' in page  # as it was typed, without the code
    assert post(client, f"/phones/{MAC}/keys", default="1").status_code == 302
    assert "linekey.2.value = 102" in curl(own).text
    assert "*22" not in curl(own).text


def test_more_keys_than_it_has_or_odd_ones_are_said_in_words(client, box):
    box.admit(MAC, "101", model="T46G")
    odd = {"kind": ["teleport"], "value": [""], "label": [""]}
    answer = post(client, f"/phones/{MAC}/keys", **odd)
    assert answer.status_code == 409
    assert "It has not so many keys" in answer.text
    many = {"kind": ["blf"] * 390, "value": ["102"] * 390, "label": [""] * 390}
    assert post(client, f"/phones/{MAC}/keys", **many).status_code == 409


def test_keys_beyond_its_own_go_to_its_module(client, box):
    box.admit(MAC, "101", model="T46G")
    own = f"{box.base}p/{box.token(MAC, FILE, AGENT)}/{FILE}"
    many = {"kind": ["blf"] * 28, "value": [str(300 + n) for n in range(28)], "label": [""] * 28}
    assert post(client, f"/phones/{MAC}/keys", **many).status_code == 302
    told = curl(own).text
    assert "linekey.27.value = 326" in told
    assert "expansion_module.1.key.1.value = 327" in told


def test_a_wallpaper_goes_to_the_telephones_and_comes_back(client, box):
    box.admit(MAC, "101")
    own = f"{box.base}p/{box.token(MAC, FILE, AGENT)}/"
    picture = b"\x89PNG" + bytes(1000)
    sent = post(
        client,
        "/phones/media",
        kind="wallpaper",
        vendor="yealink",
        file=(io.BytesIO(picture), "office.png"),
    )
    assert sent.status_code == 302
    assert "office.png" in client.get("/phones").text
    assert f"wallpaper_upload.url = {own}media/office.png" in curl(own + FILE).text
    assert curl(own + "media/office.png").body == picture
    assert post(client, "/phones/media/withdraw", name="office.png").status_code == 302
    assert curl(own + "media/office.png").status == 404
    assert "wallpaper_upload.url" not in curl(own + FILE).text


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "poster"},
        {"kind": "wallpaper", "vendor": "Nobody"},
        {"kind": "ring", "calls": "midnight"},
        {"kind": "language", "vendor": "Snom", "language": "persian", "shown": "فارسی"},
        {"kind": "language", "language": "fa", "shown": "فارسی"},
    ],
)
def test_a_file_for_nobody_is_refused_in_words(client, fields):
    answer = post(client, "/phones/media", file=(io.BytesIO(b"x"), "x.bin"), **fields)
    assert answer.status_code == 409
    assert "The kind, the vendor" in answer.text


@pytest.mark.parametrize("action", ["revoke", "renew", "allow-tftp", "refuse-tftp", "resync"])
def test_every_button_does_its_work(client, box, action):
    box.admit(MAC, "101")
    token = box.token(MAC, FILE, AGENT)
    assert post(client, f"/phones/{MAC}/{action}").status_code == 302
    status = curl(f"{box.base}p/{token}/{FILE}").status
    assert status == (404 if action in ("revoke", "renew") else 200)
    row = box.phone(MAC)
    assert row.tftp_secrets is (action == "allow-tftp")


def test_forgetting_leads_back_and_a_forgotten_telephone_has_no_page(client, box):
    box.admit(MAC, "101")
    assert post(client, f"/phones/{MAC}/forget").location == "/phones"
    assert client.get(f"/phones/{MAC}").status_code == 404
    for path in ("revoke", "assign", "override", "resync"):
        assert post(client, f"/phones/{MAC}/{path}").status_code == 404


@pytest.mark.parametrize("ident", ["x", "0015654AA937", "..", "soft-x", MAC + "0"])
def test_a_name_that_is_none_is_not_asked_about(client, ident):
    assert client.get(f"/phones/{ident}").status_code in (404, 308)


def test_impossible_choices_are_said_in_words(client, box):
    box.admit(MAC, "101")
    refused = post(client, f"/phones/{MAC}/assign", extension="201")
    assert refused.status_code == 409
    assert "have a SIP account" in refused.text
    assert post(client, "/phones/expect", mac="zz", model="").status_code == 409
    assert post(client, "/phones/expect", mac="00-15-65-4A-A9-38", model="T54W").status_code == 302
    assert box.phone(OTHER).model == "T54W"


def test_a_softphone_gets_a_qr_code_that_says_its_address(client, box):
    made = post(client, "/phones/softphone", extension="103")
    ident = made.location.rpartition("/")[2]
    answer = client.get(f"/phones/{ident}/qr.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    ET.fromstring(answer.data)
    assert "qr.svg" in client.get(f"/phones/{ident}").text
    assert client.get(f"/phones/{MAC}/qr.svg").status_code == 404


def test_firmware_is_uploaded_and_rolled_out(client, box):
    box.admit(MAC, "101")
    token = box.token(MAC, FILE, AGENT)
    image = bytes(range(256)) * 1024
    fields = {"vendor": "Yealink", "model": "T46G", "version": "28.86.0.9", "share": "100"}
    upload = (io.BytesIO(image), "../T46G.rom")
    assert post(client, "/phones/firmware", file=upload, **fields).status_code == 302
    assert curl(f"{box.base}p/{token}/firmware/T46G.rom").body == image
    assert "T46G.rom" in client.get("/phones").text
    bad = post(client, "/phones/firmware", name="T46G.rom", **fields | {"vendor": "Nobody"})
    assert bad.status_code == 409
    assert post(client, "/phones/firmware/withdraw", name="T46G.rom").status_code == 302


def test_only_the_signed_in_may_send_so_much(app):
    stranger = app.test_client()
    upload = {"file": (io.BytesIO(b"x" * 200_000), "x.rom")}
    assert stranger.post("/phones/firmware", data=upload).status_code in (400, 413)


def test_without_the_daemon_the_page_says_so(client, box):
    box.stop("provision")
    try:
        page = client.get("/phones")
        assert page.status_code == 200
        assert "The telephone service does not answer" in page.text
        assert post(client, "/phones/scan").status_code in (400, 409)
        assert client.get(f"/phones/{MAC}").status_code == 503
    finally:
        box.start("provision")


@pytest.mark.parametrize("code", ["fa", "ar", "en"])
def test_in_every_language_and_direction(client, box, code):
    box.admit(MAC, "101")
    client.set_cookie("markaz_language", code)
    for path in ("/phones", f"/phones/{MAC}"):
        page = client.get(path).text
        assert f'<html lang="{code}" dir="{"ltr" if code == "en" else "rtl"}">' in page
    assert {"fa": "پنجره پذیرش", "ar": "نافذة القبول", "en": "Adoption window"}[code] in client.get(
        "/phones"
    ).text


def test_every_word_is_from_the_catalogues(client, box, monkeypatch):
    monkeypatch.setattr(flask_babel, "get_translations", Marks)
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda _self: Marks())
    box.admit(MAC, "101")
    curl(box.base + FILE)
    with box.control() as link:
        link.call(ProvisionApi.expect, mac=OTHER, model="")
        link.call(ProvisionApi.set_override, MAC, "account.1.label", "x")
        ident = link.call(ProvisionApi.add_softphone, "103")
    for path in (
        "/phones",
        "/phones/rows",
        f"/phones/{MAC}",
        f"/phones/{OTHER}",
        f"/phones/{ident}",
    ):
        page = client.get(path).text
        assert stray_words(page) == [], path
