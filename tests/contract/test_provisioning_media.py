"""What telephones show and play: who is told of which file, and who may fetch it."""

from __future__ import annotations

import pytest

from firmware.config.schema import Site
from firmware.link.phones import MediaFile
from provisioning import media
from provisioning.register.phone import PhoneState
from tests.contract.provisioned import FILE, MAC, Office, token_in

GRANDSTREAM = "c074ad000001"


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    made.desk.media_folder = made.home.provision / media.FOLDER
    made.desk.media_folder.mkdir(parents=True)
    return made


def bring(office, name, kind, **about):
    """A file in the folder, offered."""
    (office.home.provision / media.FOLDER / name).write_bytes(name.encode())
    fields = {"vendor": "", "model": "", "language": "", "shown": "", **about}
    file = MediaFile(name=name, kind=kind, bytes=0, **fields)
    office.clock.now += 1
    media.offer(office.register, office.home, file, office.clock())


def adopted(office, mac=MAC, path=FILE, agent="Yealink SIP-T46G 28.83.0.120 00:15:65:4a:a9:37"):
    """A telephone with its files; its token."""
    office.adopt(mac)
    office.open_window()
    reply = office.get(path, agent=agent)
    return token_in(reply.content.decode())


def file_of(office, token, path=FILE):
    return office.get(f"p/{token}/{path}").content.decode()


def test_the_nearest_wallpaper_counts(office):
    bring(office, "all.png", "wallpaper")
    token = adopted(office)
    assert f"/p/{token}/media/all.png" in file_of(office, token)
    bring(office, "model.png", "wallpaper", vendor="yealink", model="t46g")
    bring(office, "vendor.png", "wallpaper", vendor="Yealink")
    assert f"wallpaper_upload.url = http://127.0.0.1:8088/p/{token}/media/model.png" in (
        file_of(office, token)
    )
    media.withdraw(office.register, office.home, "model.png")
    assert "media/vendor.png" in file_of(office, token)


def test_a_file_goes_to_those_it_is_for_and_to_nobody_else(office):
    bring(office, "gs.bmp", "wallpaper", vendor="Grandstream")
    yealink = adopted(office)
    other = adopted(office, GRANDSTREAM, f"cfg{GRANDSTREAM}.xml", "")
    assert office.get(f"p/{other}/media/gs.bmp").file.read_bytes() == b"gs.bmp"
    assert office.get(f"p/{yealink}/media/gs.bmp") is None
    assert office.get("media/gs.bmp") is None
    assert office.get(f"p/{'0' * 32}/media/gs.bmp") is None


@pytest.mark.parametrize("name", ["../phones.sqlite", "..%2fphones.sqlite", "", ".", "x/gs.bmp"])
def test_nothing_else_lies_in_the_folder(office, name):
    bring(office, "gs.bmp", "wallpaper")
    assert office.get(f"p/{adopted(office)}/media/{name}") is None


def test_a_telephone_without_an_extension_shows_nothing_of_ours(office):
    bring(office, "all.png", "wallpaper")
    token = adopted(office)
    office.adoption.assign(office.register.phone(MAC), ())
    assert office.register.phone(MAC).state is PhoneState.INVITED
    assert "wallpaper" not in file_of(office, token)
    assert office.get(f"p/{token}/media/all.png") is None


def test_menus_speak_persian_where_a_pack_was_brought(office):
    speak(office, "fa")
    bring(office, "fa.lang", "language", vendor="Yealink", language="fa", shown="فارسی")
    bring(office, "tr.lang", "language", vendor="Yealink", language="tr", shown="Türkçe")
    told = file_of(office, adopted(office))
    assert "lang.gui = فارسی" in told
    assert "media/fa.lang" in told
    assert "media/tr.lang" not in told


def test_without_a_pack_menus_are_in_english(office):
    speak(office, "fa")
    assert "lang.gui = English" in file_of(office, adopted(office))


def speak(office, language):
    """Everybody in the office speaks it."""
    document = office.site.model_dump(mode="json")
    document["office"]["language"] = language
    for extension in document["extension"]:
        extension["language"] = None
    passwords = {e.number: e.password for e in office.site.extension}
    site = Site.model_validate(document)
    extensions = tuple(
        e.model_copy(update={"password": passwords[e.number]}) for e in site.extension
    )
    office.composer.site = office.site = site.model_copy(update={"extension": extensions})


def test_calls_ring_by_the_word_the_exchange_says(office):
    plan = office.site.provisioning.model_copy(update={"ring_external": 5})
    office.composer.site = office.site.model_copy(update={"provisioning": plan})
    bring(office, "gong.wav", "ring", shown="queue")
    told = file_of(office, adopted(office))
    assert "distinctive_ring_tones.alert_info.1.text = external" in told
    assert "distinctive_ring_tones.alert_info.1.ringer = 5" in told
    assert "distinctive_ring_tones.alert_info.2.text = queue" in told
    assert "media/gong.wav" in told


def test_records_outlive_the_process(office):
    bring(office, "fa.lang", "language", vendor="Yealink", language="fa", shown="فارسی")
    before = media.rows(office.register)
    office.register.close()
    office.open()
    assert media.rows(office.register) == before
    assert before[0].bytes == len("fa.lang")


@pytest.mark.parametrize(
    ("name", "about", "words"),
    [
        ("../x", {"kind": "wallpaper"}, "no name of a file"),
        ("none.png", {"kind": "wallpaper"}, "there is no file"),
        ("a.png", {"kind": "poster"}, "no kind of file"),
        ("a.png", {"kind": "wallpaper", "vendor": "Nobody"}, "no vendor"),
        ("a.png", {"kind": "wallpaper", "vendor": "Yealink", "model": "T999"}, "no model"),
        ("a.png", {"kind": "ring", "shown": "midnight"}, "one kind of call"),
        ("a.png", {"kind": "language", "language": "fa", "shown": "x"}, "one vendor's"),
        ("a.png", {"kind": "language", "vendor": "Snom", "shown": "x"}, "two letters"),
        ("empty.png", {"kind": "wallpaper"}, "empty"),
    ],
)
def test_what_cannot_be_given_is_refused(office, name, about, words):
    folder = office.home.provision / media.FOLDER
    (folder / "a.png").write_bytes(b"x")
    (folder / "empty.png").touch()
    fields = {"vendor": "", "model": "", "language": "", "shown": "", **about}
    with pytest.raises((KeyError, ValueError), match=words):
        media.offer(office.register, office.home, MediaFile(name=name, bytes=0, **fields), 0.0)
    assert media.rows(office.register) == ()
