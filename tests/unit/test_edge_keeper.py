"""The edge's keeper: accounts as Kamailio needs them, registrations as it writes them."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from firmware.config import document, history
from firmware.config.home import Home
from firmware.config.schema import Extension, Line, LineKind, Network, Site
from firmware.edge import kamailio, passes
from firmware.edge.keeper import Keeper
from firmware.edge.registrations import Registrations, place
from firmware.link.rows import ExtensionRow
from firmware.link.server import Board

NOW = 1_795_000_000.0


def extension(number: str, password: str | None) -> Extension:
    return Extension.model_validate({"number": number, "name": f"R {number}", "password": password})


def site(**passwords: str | None) -> Site:
    """Extensions by number (n101) and password; without one it is a telephone on a line."""
    numbers = {name[1:]: password for name, password in passwords.items()}
    return Site(
        extension=tuple(extension(number, password) for number, password in numbers.items()),
        line=tuple(
            Line(name=f"fxs-{number}", kind=LineKind.STATION, extension=number)
            for number, password in numbers.items()
            if password is None
        ),
    )


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def subscribers(home: Home) -> dict[str, tuple[str, str, str]]:
    with closing(sqlite3.connect(kamailio.subscriber_db(home))) as db:
        rows = db.execute("SELECT username, domain, password, ha1 FROM subscriber")
        return {name: (domain, password, ha1) for name, domain, password, ha1 in rows}


def write_binding(home: Home, number: str, expires_at: float, **columns: Any) -> None:
    """A row as Kamailio writes it: times are Julian days."""
    row = {
        "username": number,
        "contact": f"sip:{number}@10.0.0.5:5062",
        "ruid": f"{number}-{expires_at}",
        "expires": expires_at / 86400 + 2440587.5,
        "last_modified": (expires_at - 300) / 86400 + 2440587.5,
        "user_agent": "Phone 1.0",
        **columns,
    }
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    with closing(sqlite3.connect(kamailio.location_db(home))) as db, db:
        db.execute(f"INSERT INTO location ({names}) VALUES ({marks})", list(row.values()))


def test_the_table_holds_ha1_and_never_a_password(home: Home) -> None:
    # RFC 2617 §3.5: the example's A1.
    assert kamailio.ha1("Mufasa", "testrealm@host.com", "Circle Of Life") == (
        "939e7578ed9e3c518a452acee763bce9"
    )
    kamailio.prepare(home, site(n101="right-1", n201=None))
    realm = Network().realm
    assert subscribers(home) == {"101": (realm, "", kamailio.ha1("101", realm, "right-1"))}
    assert b"right-1" not in kamailio.subscriber_db(home).read_bytes()


def test_only_what_changed_is_written(home: Home) -> None:
    kamailio.prepare(home, site(n101="a-1", n102="b-1", n103="c-1"))
    assert kamailio.write_subscribers(home, site(n101="a-1", n102="b-1", n103="c-1")) == 0
    assert kamailio.write_subscribers(home, site(n101="a-1", n102="b-2", n104="d-1")) == 3
    assert sorted(subscribers(home)) == ["101", "102", "104"]


def test_another_realm_changes_every_account(home: Home) -> None:
    kamailio.prepare(home, site(n101="a-1"))
    moved = site(n101="a-1").model_copy(update={"network": Network(realm="other.example")})
    assert kamailio.write_subscribers(home, moved) == 1
    assert subscribers(home)["101"][0] == "other.example"


def test_preparing_again_keeps_registrations(home: Home) -> None:
    kamailio.prepare(home, site(n101="a-1"))
    write_binding(home, "101", NOW + 60)
    kamailio.prepare(home, site(n101="a-1"))
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert seen.current()["101"].contact == "udp:10.0.0.5:5062"


def test_a_writer_waits_for_another(home: Home) -> None:
    """Kamailio does not wait; we must, and must not see half of it."""
    kamailio.prepare(home, site(n101="a-1"))
    with closing(sqlite3.connect(kamailio.subscriber_db(home), isolation_level=None)) as other:
        other.execute("BEGIN")
        assert other.execute("SELECT count(*) FROM subscriber").fetchone() == (1,)
        kamailio.write_subscribers(home, site(n101="a-1", n102="b-1"))
        assert other.execute("SELECT count(*) FROM subscriber").fetchone() == (1,)
        other.execute("COMMIT")
        assert other.execute("SELECT count(*) FROM subscriber").fetchone() == (2,)


def test_a_home_kamailio_cannot_quote_is_refused(tmp_path: Path) -> None:
    with pytest.raises(kamailio.BadHome, match="choose another folder"):
        kamailio.prepare(Home(tmp_path / "my box!"), site())


def test_definitions_carry_addresses_and_ports(home: Home) -> None:
    network = Network(sip_port=5560, inner_edge_port=5570, inner_switch_port=5590)
    text = kamailio.definitions_text(home, network)
    assert "listen=udp:127.0.0.1:5560\nlisten=tcp:127.0.0.1:5560\n" in text
    assert "listen=udp:127.0.0.2:5570\n" in text
    assert '"!MARKAZ_SWITCH_PORT!5590!g"' in text
    assert f'include_file "{kamailio.SCRIPT}"' in text
    assert kamailio.SCRIPT.exists()


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:101@10.0.0.5:5062", "udp:10.0.0.5:5062"),
        ("sip:101@10.0.0.5", "udp:10.0.0.5:5060"),
        ("sip:101@10.0.0.5:5062;transport=TCP;ob", "tcp:10.0.0.5:5062"),
        ("sips:101@[2001:db8::1]:5061;transport=tls", "tls:[2001:db8::1]:5061"),
        ("sip:10.0.0.5:5062;transport=ws", "ws:10.0.0.5:5062"),
        ("tel:101", "tel:101"),
    ],
)
def test_a_contact_becomes_a_place(uri: str, expected: str) -> None:
    assert place(uri) == expected


def test_registrations_before_kamailio_made_its_table(home: Home) -> None:
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert seen.current() == {}
        kamailio.prepare(home, site(n101="a-1"))
        assert seen.current() == {}
        write_binding(home, "101", NOW + 60)
        assert set(seen.current()) == {"101"}


def test_the_newest_binding_that_lasts_is_shown(home: Home) -> None:
    kamailio.prepare(home, site(n101="a-1"))
    write_binding(home, "101", NOW + 200, contact="sip:101@10.0.0.7")
    write_binding(home, "101", NOW + 100, contact="sip:101@10.0.0.8", last_modified=9e9)
    clock = Clock()
    with closing(Registrations(kamailio.location_db(home), clock)) as seen:
        assert seen.current()["101"].contact == "udp:10.0.0.8:5060"
        clock.now = NOW + 150
        assert seen.current()["101"].contact == "udp:10.0.0.7:5060"
        clock.now = NOW + 250
        assert seen.current() == {}


def test_behind_address_translation_the_source_is_shown(home: Home) -> None:
    kamailio.prepare(home, site(n101="a-1"))
    write_binding(home, "101", NOW + 60, received="sip:203.0.113.9:40000")
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert seen.current()["101"].contact == "udp:203.0.113.9:40000"


@pytest.fixture
def keeper(home: Home) -> Iterator[tuple[Keeper, Board, Clock]]:
    history.create_first(home, site(n101="a-secret", n102="b-secret", n201=None))
    board, clock = Board(), Clock()
    keeper = Keeper(home, board, clock, clock)
    kamailio.prepare(home, history.load_current(home)[1])
    keeper.look()
    yield keeper, board, clock
    keeper.close()


def shown(board: Board) -> dict[str, ExtensionRow]:
    return {row.id: row for row in board.snapshot()["rows"].get("extension", [])}


def test_every_account_is_shown_and_line_telephones_are_not(
    keeper: tuple[Keeper, Board, Clock],
) -> None:
    _, board, _ = keeper
    assert sorted(shown(board)) == ["101", "102"]
    assert not any(row.registered for row in shown(board).values())


def test_a_registration_is_reported_and_so_is_its_end(
    home: Home, keeper: tuple[Keeper, Board, Clock]
) -> None:
    look, board, clock = keeper[0].look, keeper[1], keeper[2]
    write_binding(home, "101", NOW + 60)
    look()
    row = shown(board)["101"]
    assert (row.registered, row.contact, row.user_agent) == (
        True,
        "udp:10.0.0.5:5062",
        "Phone 1.0",
    )
    changes = board.seq
    look()
    assert board.seq == changes, "nothing changed, nothing is reported"
    clock.now = NOW + 61
    look()
    assert not shown(board)["101"].registered, "it ran out, though the row is still there"
    assert board.seq == changes + 1


def test_browsers_are_telephones_of_their_extension(
    home: Home, keeper: tuple[Keeper, Board, Clock]
) -> None:
    look, board = keeper[0].look, keeper[1]
    told: list[str] = []
    keeper[0].registered = told.append
    ws = {"received": "sip:10.0.0.9:40000;transport=ws", "user_agent": "Markaz-Browser"}
    write_binding(home, "101.browser", NOW + 60, **ws)
    look()
    row = shown(board)["101"]
    assert (row.registered, row.browsers) == (True, 1)
    assert (row.contact, row.user_agent) == ("ws:10.0.0.9:40000", "Markaz-Browser")
    write_binding(home, "101", NOW + 30)
    write_binding(home, "101.browser", NOW + 90, **ws)
    look()
    row = shown(board)["101"]
    assert row.browsers == 2
    assert row.contact == "udp:10.0.0.5:5062", "the telephone is shown before the browsers"
    assert told == ["101"], "browsers have no lamps to be told of"


def test_a_browser_gets_a_pass_for_an_account_alone(
    keeper: tuple[Keeper, Board, Clock], home: Home
) -> None:
    found = keeper[0].browser_pass("101")
    assert found == passes.issue(passes.secret(home), "101", NOW)
    for number in ("201", "999"):
        with pytest.raises(KeyError, match=number):
            keeper[0].browser_pass(number)


def test_kamailio_starts_without_the_browsers_of_the_one_before(home: Home) -> None:
    """Their WebSockets went with it."""
    kamailio.prepare(home, site(n101="a-1"))
    write_binding(home, "101", NOW + 60)
    write_binding(home, "101.browser", NOW + 60)
    kamailio.prepare(home, site(n101="a-1"))
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert list(seen.current()) == ["101"]


@pytest.mark.parametrize("by_s", [10_800.0, -10_800.0])
def test_when_the_clock_is_set_what_runs_out_is_moved_by_as_much(
    home: Home, by_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    history.create_first(home, site(n101="a-secret"))
    wall, even = Clock(), Clock()
    kamailio.prepare(home, site(n101="a-secret"))
    with closing(Keeper(home, Board(), wall, even)) as keeper:
        write_binding(home, "101", NOW + 600)
        keeper.look()
        with closing(sqlite3.connect(kamailio.location_db(home))) as db, db:
            db.execute("DELETE FROM location")  # as Kamailio does with what has run out
        wall.now += by_s + 0.5
        even.now += 0.5
        keeper.look()
        with closing(Registrations(kamailio.location_db(home), wall)) as seen:
            (binding,) = seen.alive()["101"]
        assert binding.expires_at == pytest.approx(NOW + 600 + by_s, abs=0.01)
        for now in (wall, even):
            now.now += 300.0
        keeper.look()
        wall.now += 5.0  # put right little by little
        keeper.look()
    assert caplog.text.count("the clock was set") == 1


def test_registrations_reach_the_disk(home: Home, keeper: tuple[Keeper, Board, Clock]) -> None:
    """Kamailio writes the log only; the memory gone, they must be there again."""
    write_binding(home, "101", NOW + 600)
    keeper[0].look()
    assert not _on_the_disk(home).exists()
    keeper[0].copies.make()
    assert _on_the_disk(home).stat().st_mode & 0o077 == 0
    shutil.rmtree(home.ram_edge)  # a power cut
    kamailio.prepare(home, site(n101="a-1"))
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert seen.current()["101"].contact == "udp:10.0.0.5:5062"


def test_a_disk_that_refuses_is_told_once_and_tried_again(
    home: Home, keeper: tuple[Keeper, Board, Clock], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    copies = keeper[0].copies
    (blocked := _on_the_disk(home).with_suffix(".new")).mkdir()
    for _minute in range(2):
        copies.make()
    assert caplog.text.count("registrations are kept in memory alone") == 1
    assert "location.new" in keeper[0].status().warnings[-1]
    assert (home.edge / "presence.sqlite").exists(), "what it takes is there"
    blocked.rmdir()
    copies.make()
    assert "in memory alone" not in " ".join(keeper[0].status().warnings)
    assert _on_the_disk(home).exists()
    assert "registrations are on the disk again" in caplog.text


def test_a_disk_that_stands_still_keeps_no_telephone_waiting(
    home: Home, keeper: tuple[Keeper, Board, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    stands, goes_on = threading.Event(), threading.Event()

    def fsync(_descriptor: int) -> None:
        stands.set()
        assert goes_on.wait(30)

    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr("firmware.edge.copies.COPY_EVERY_S", 0.01)
    keeper[0].copies.begin()
    assert stands.wait(30)
    write_binding(home, "101", NOW + 600)
    keeper[0].look()
    assert shown(keeper[1])["101"].registered
    goes_on.set()
    keeper[0].close()
    shutil.rmtree(home.ram_edge)
    kamailio.prepare(home, site(n101="a-1"))
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert "101" in seen.current(), "what came meanwhile was copied at the end"


def test_what_did_not_change_is_not_written_again(
    home: Home, keeper: tuple[Keeper, Board, Clock]
) -> None:
    copies = keeper[0].copies
    copies.make()
    first = _on_the_disk(home).stat().st_ino
    copies.make()
    assert _on_the_disk(home).stat().st_ino == first
    write_binding(home, "101", NOW + 600)
    copies.make()
    assert _on_the_disk(home).stat().st_ino != first


def test_what_is_in_memory_is_newer_than_its_copy(
    home: Home, keeper: tuple[Keeper, Board, Clock]
) -> None:
    keeper[0].copies.make()
    write_binding(home, "101", NOW + 600)
    kamailio.restore(home)
    with closing(Registrations(kamailio.location_db(home), lambda: NOW)) as seen:
        assert "101" in seen.current()


def _on_the_disk(home: Home) -> Path:
    return home.edge / "location.sqlite"


def test_reload_takes_up_new_and_lost_extensions(
    home: Home, keeper: tuple[Keeper, Board, Clock], caplog: pytest.LogCaptureFixture
) -> None:
    look, board = keeper[0], keeper[1]
    changed = site(n101="another-secret", n103="c-secret")
    history.apply(home, document.dump(changed, secrets=True), "test", "")
    look.reload()
    assert sorted(shown(board)) == ["101", "103"]
    assert sorted(subscribers(home)) == ["101", "103"]
    assert look.status().config_version == 2
    assert "no telephone can register" in look.status().warnings[0]
    # Kamailio does not run here: the keeper says what follows from that, and no secret.
    assert "stays registered until it runs out" in caplog.text
    assert "secret" not in caplog.text
