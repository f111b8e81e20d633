"""``markaz``: tables and JSON of what the daemons and the store say, clear errors, exit status."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from firmware.cli import output
from firmware.cli.main import main
from firmware.config import history
from firmware.config.home import Home
from firmware.link.rows import (
    AgentRow,
    CallerRow,
    CallRow,
    ExtensionRow,
    LegRow,
    LineRow,
    QueueRow,
    TrunkRow,
)
from firmware.store.db import open_store
from tests.unit.cli_box import APIS, SITE, Box, markaz, running_box


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def box(home: Home) -> Iterator[Box]:
    with running_box(home) as running:
        yield running


def test_status_shows_every_daemon(home: Home, box: Box) -> None:
    found = markaz(home, "status")

    assert found.exit_code == 0, found.output
    lines = {line.split()[0]: line for line in found.output.splitlines()[2:]}
    assert set(lines) == {*APIS, "web"}
    assert lines["switchd"].split() == ["switchd", "up", "0.1.0", "4321", "1:02:05", "h", "1", "-"]


def test_status_as_json(home: Home, box: Box) -> None:
    found = json.loads(markaz(home, "status", "--json").output)

    assert {daemon["name"]: daemon["up"] for daemon in found} == dict.fromkeys([*APIS, "web"], True)
    assert found[0] == {
        "name": "switchd",
        "version": "0.1.0",
        "pid": 4321,
        "up_s": 3725.0,
        "config_version": 1,
        "warnings": [],
        "up": True,
    }


def test_status_of_a_box_with_a_daemon_down_is_1(home: Home, box: Box) -> None:
    home.link("lined").unlink()

    found = markaz(home, "status")

    assert found.exit_code == 1
    line = next(line for line in found.output.splitlines() if line.startswith("lined"))
    assert "DOWN" in line
    assert "lined does not answer" in line


def test_status_of_an_image_has_the_updates(
    home: Home, box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slots = tmp_path / "system.conf"
    slots.touch()
    monkeypatch.setattr("firmware.daemons.SLOTS", slots)

    found = markaz(home, "status")

    assert found.exit_code == 1
    assert "update does not answer" in found.output


def test_status_shows_warnings_and_an_old_configuration(home: Home, box: Box) -> None:
    history.apply(home, history.text_of(home, 1) + "# more\n", "test", "")
    box["edge"][0].config_version = 2
    box["lined"][0].config_version = 2
    box["lined"][0].warnings = ("line fxo-1: no battery",)

    daemons = {d["name"]: d for d in json.loads(markaz(home, "status", "--json").output)}

    assert daemons["edge"]["warnings"] == []
    assert daemons["lined"]["warnings"] == ["line fxo-1: no battery"]
    assert daemons["switchd"]["warnings"] == ["runs configuration 1, current is 2"]


def test_status_without_a_console(home: Home) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    history.apply(home, SITE.format(port=port), "test", "first")

    found = markaz(home, "status", "--json")

    assert found.exit_code == 1
    assert f"no answer on 127.0.0.1:{port}" in json.loads(found.output)[-1]["warnings"][0]


LINE = LineRow(
    id="fxo-1",
    kind="trunk",
    state="idle",
    simulated=True,
    number="",
    signal_dbm=None,
    fault="",
)


def test_lines(home: Home, box: Box) -> None:
    box["lined"][1].post("line.idle", LINE)

    assert markaz(home, "lines").output.splitlines()[2].split() == (
        ["fxo-1", "trunk", "idle", "yes", "-", "-", "-"]
    )
    assert json.loads(markaz(home, "lines", "--json").output) == [
        {
            "id": "fxo-1",
            "kind": "trunk",
            "state": "idle",
            "simulated": True,
            "number": "",
            "signal_dbm": None,
            "fault": "",
            "operator": "",
            "device": "",
            "abilities": [],
            "note": "",
        }
    ]


def test_trunks(home: Home, box: Box) -> None:
    row = TrunkRow(
        id="alpha",
        title="Alpha Telecom",
        state="refused",
        reason="403 Forbidden",
        address="udp:192.0.2.1:5060",
        rtt_ms=7.5,
        since=1_795_000_000.0,
    )
    box["switchd"][1].post("trunk.changed", row)
    shown = markaz(home, "trunks").output.splitlines()[2]
    for part in ("alpha", "Alpha Telecom", "refused", "403 Forbidden", "udp:192.0.2.1:5060"):
        assert part in shown
    assert json.loads(markaz(home, "trunks", "--json").output) == [asdict(row)]


def extension(ident: str, name: str) -> ExtensionRow:
    return ExtensionRow(
        id=ident, name=name, registered=True, contact="udp:127.0.0.1:5062", user_agent="baresip"
    )


def test_columns_stay_aligned_under_names_of_any_width(home: Home, box: Box) -> None:
    names = ["Ali", "سارا محمدی", "مُحَمَّد", "می‌نا", "王小明"]
    for index, name in enumerate(names):
        box["edge"][1].post("extension.registered", extension(str(index), name))

    lines = markaz(home, "extensions").output.splitlines()[2:]

    assert len(lines) == len(names)
    assert {cell_len(line[: line.index("yes")]) for line in lines} == {
        cell_len(lines[0][: lines[0].index("yes")])
    }
    for name, line in zip(names, lines, strict=True):
        assert name in line


def test_a_strangers_name_cannot_speak_to_the_terminal(home: Home, box: Box) -> None:
    row = extension("1", "\x1b[31mred\x07 \u202eevil [bold]x[/bold]\n")
    box["edge"][1].post("extension.registered", row)

    shown = markaz(home, "extensions").output

    assert not set("\x1b\x07\u202e") & set(shown)
    assert "\ufffd[31mred\ufffd \ufffdevil [bold]x[/bold]\ufffd" in shown


def test_calls_with_their_legs(home: Home, box: Box) -> None:
    served = box["switchd"][1]
    call = CallRow(
        id="17",
        started_at=time.time(),
        answered_at=None,
        caller="0912",
        caller_name="مریم",
        called="1",
        place="queue:support",
        recording=True,
        disposition="",
    )
    leg = LegRow(
        id="17.1", call="17", state="answered", direction="inbound", party="fxo-1", cause=0
    )
    served.post("call.began", call)
    served.post("leg.answered", leg)

    line = markaz(home, "calls").output.splitlines()[2]
    assert line.split()[0] == "17"
    assert "queue:support" in line
    assert "fxo-1 answered" in line
    found = json.loads(markaz(home, "calls", "--json").output)
    assert found["calls"][0]["caller_name"] == "مریم"
    assert found["legs"][0]["id"] == "17.1"


def test_queues_with_callers_and_agents(home: Home, box: Box) -> None:
    served = box["switchd"][1]
    waiting = (CallerRow(call="17", caller="0912", since=time.time() - 62),)
    served.post("queue.changed", QueueRow(id="support", title="پشتیبانی", waiting=waiting))
    agent = AgentRow(
        id="101", name="سارا", state="idle", queues=("support",), call="", since=time.time()
    )
    served.post("agent.idle", agent)

    shown = markaz(home, "queues").output
    assert "0912 (1:02 min)" in shown
    assert "101" in shown
    found = json.loads(markaz(home, "queues", "--json").output)
    assert found["queues"][0]["waiting"][0]["caller"] == "0912"
    assert found["agents"][0]["queues"] == ["support"]


def test_orders_reach_the_daemons(home: Home, box: Box) -> None:
    for arguments in (
        ("hang-up", "17"),
        ("agent", "log-in", "101"),
        ("agent", "log-out", "101"),
        ("bench", "cut", "fxo-1"),
        ("bench", "mend", "fxo-1"),
        ("bench", "hang-up", "fxo-1"),
        ("bench", "lift", "fxs-1", "--digits", "101"),
    ):
        found = markaz(home, *arguments)
        assert (found.exit_code, found.output) == (0, "")

    assert box["switchd"][0].orders == [
        ("hang_up", {"call_id": "17"}),
        ("log_in", "101"),
        ("log_out", "101"),
    ]
    assert box["bench"][0].orders == [
        ("cut", "fxo-1"),
        ("mend", "fxo-1"),
        ("hang_up", {"line": "fxo-1"}),
        ("lift", {"line": "fxs-1", "digits": "101", "say": "", "listen": ""}),
    ]


def test_ring_gives_absolute_paths_and_refuses_a_missing_file(
    home: Home, box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hello.wav").touch()
    monkeypatch.chdir(tmp_path)
    ring = ("bench", "ring", "fxo-1", "--from", "0912", "--name", "مریم", "--digits", "1")

    assert markaz(home, *ring, "--say", "hello.wav", "--listen", "out.wav").exit_code == 0
    assert box["bench"][0].orders == [
        (
            "ring",
            {
                "line": "fxo-1",
                "number": "0912",
                "name": "مریم",
                "digits": "1",
                "say": str(tmp_path / "hello.wav"),
                "listen": str(tmp_path / "out.wav"),
            },
        )
    ]
    assert markaz(home, *ring, "--say", "gone.wav").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("hang-up", "9"), "no call 9"),
        (("bench", "ring", "fxo-9"), "no line fxo-9"),
    ],
)
def test_what_a_daemon_refuses_is_one_line_and_1(
    home: Home, box: Box, arguments: tuple[str, ...], message: str
) -> None:
    found = markaz(home, *arguments)

    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == f"markaz: {message}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("calls",),
        ("lines", "--json"),
        ("records",),
        ("config", "show"),
        ("config", "undo"),
        ("passwd", "admin"),
        ("bench", "cut", "fxo-1"),
    ],
)
def test_without_a_box_every_command_says_so_in_one_line_and_makes_nothing(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    found = markaz(Home(tmp_path / "typo"), *arguments)

    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith("markaz: ")
    assert len(found.stderr.splitlines()) == 1
    assert not (tmp_path / "typo").exists()


def test_a_box_of_a_newer_release_is_one_line_and_1(home: Home) -> None:
    with closing(open_store(home)) as db:
        db.execute("PRAGMA user_version=99")

    found = markaz(home, "records")
    assert found.exit_code == 1
    assert "written by a newer release" in found.stderr


def test_a_damaged_store_is_one_line_and_1(home: Home) -> None:
    home.store_db.write_bytes(b"this is no database" * 100)

    found = markaz(home, "records")
    assert found.exit_code == 1
    assert found.stderr == ("markaz: the box's database does not answer: file is not a database\n")


def test_every_command_has_help(home: Home) -> None:
    def walk(command: object, path: list[str]) -> Iterator[list[str]]:
        yield path
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, [*path, name])

    for path in walk(main, []):
        found = CliRunner().invoke(main, [*path, "--help"])
        assert found.exit_code == 0
        assert len(found.output.splitlines()[2].strip()) > 10, path


def test_a_wrong_command_is_2(home: Home) -> None:
    assert markaz(home, "statsu").exit_code == 2
    assert markaz(home, "config", "apply", "-").exit_code == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4, "0 s"), (59.6, "1:00 min"), (187, "3:07 min"), (18012, "5:00:12 h")],
)
def test_lengths_of_time(seconds: float | None, text: str) -> None:
    assert output.length(seconds) == text
