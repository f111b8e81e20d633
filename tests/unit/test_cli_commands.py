"""``markaz``: tables and JSON of what the daemons and the store say, clear errors, exit status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from firmware.cli import output
from firmware.cli.main import main
from firmware.config import history
from firmware.config.home import Home
from firmware.link import api
from firmware.model.record import CallEvent, CallRecord, LegRecord, RecordingRecord
from firmware.store import calls, recordings, users
from firmware.store.db import open_store
from tests.unit.served import Served, serving

SITE = """
[network]
console_port = {port}
[[extension]]
number = "101"
name = "سارا"
password = "correct horse"
[[line]]
name = "fxo-1"
kind = "trunk"
route = "extension:101"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.make()
    return home


@pytest.fixture
def console() -> Iterator[int]:
    """Something that listens where the console would."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def markaz(home: Home, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(main, ["--home", str(home.root), *arguments], input=stdin)


class Daemon:
    """Answers everything and notes the orders."""

    def __init__(self, name: str, config_version: int = 1, warnings: tuple[str, ...] = ()) -> None:
        self.name, self.config_version, self.warnings = name, config_version, warnings
        self.orders: list[tuple[object, ...]] = []

    def status(self) -> api.DaemonStatus:
        return api.DaemonStatus(
            name=self.name,
            version="0.1.0",
            pid=4321,
            up_s=3725.0,
            config_version=self.config_version,
            warnings=self.warnings,
        )

    def reload(self) -> None:
        self.config_version += 1

    def hang_up(self, **order: str) -> None:
        if "9" in order.values():
            raise KeyError("no call 9")
        self.orders.append(("hang_up", order))

    def log_in(self, agent: str) -> None:
        self.orders.append(("log_in", agent))

    def log_out(self, agent: str) -> None:
        self.orders.append(("log_out", agent))

    def ring(self, **order: str) -> None:
        if order["line"] != "fxo-1":
            raise KeyError(f"no line {order['line']}")
        self.orders.append(("ring", order))

    def lift(self, **order: str) -> None:
        self.orders.append(("lift", order))

    def cut(self, line: str) -> None:
        self.orders.append(("cut", line))

    def mend(self, line: str) -> None:
        self.orders.append(("mend", line))


APIS = {
    "edge": api.EdgeApi,
    "switchd": api.SwitchApi,
    "lined": api.LinedApi,
    "recorder": api.DaemonApi,
    "bench": api.BenchApi,
}


@pytest.fixture
def box(home: Home, console: int) -> Iterator[dict[str, tuple[Daemon, Served]]]:
    """All daemons, up, with configuration 1."""
    history.apply(home, SITE.format(port=console), "test", "first")
    with ExitStack() as stack:
        running = {}
        for name, api_class in APIS.items():
            daemon = Daemon(name)
            running[name] = (daemon, stack.enter_context(serving(home, name, api_class, daemon)))
        yield running


Box = dict[str, tuple[Daemon, Served]]


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
        "name": "edge",
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


LINE = api.LineRow(
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
        }
    ]


def extension(ident: str, name: str) -> api.ExtensionRow:
    return api.ExtensionRow(
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
    call = api.CallRow(
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
    leg = api.LegRow(
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
    waiting = (api.CallerRow(call="17", caller="0912", since=time.time() - 62),)
    served.post("queue.changed", api.QueueRow(id="support", title="پشتیبانی", waiting=waiting))
    agent = api.AgentRow(
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


@pytest.fixture
def past(home: Home) -> Home:
    """A store with three calls."""
    with closing(open_store(home)) as db:
        for index in range(3):
            call = CallRecord(
                id=f"c{index}",
                started_at=1795302957.0 + index,
                answered_at=1795302960.0 + index,
                ended_at=1795303030.0 + index,
                caller="0912",
                caller_name="مریم",
                called="1",
                place="queue:support",
                disposition="answered",
                cause=16,
                hung_up_by="caller",
            )
            calls.save(db, call)
        calls.save(
            db,
            LegRecord(id="c2.1", call_id="c2", direction="inbound", party="fxo-1", started_at=1.0),
        )
        calls.save(db, CallEvent(call_id="c2", at=1795302960.5, name="queue.entered", detail="x"))
        recordings.save(
            db,
            RecordingRecord(
                id="c2",
                call_id="c2",
                path="2026/11/21/c2.wav",
                started_at=1.0,
                length_s=69.0,
                rate_hz=16000,
                channels=2,
                bytes=44,
                sha256="00",
            ),
        )
    return home


def test_records_newest_first_and_page_by_page(past: Home) -> None:
    ids = [line.split()[0] for line in markaz(past, "records").output.splitlines()[2:]]
    assert ids == ["c2", "c1", "c0"]

    page = markaz(past, "records", "--json", "--limit", "1", "--before", "c2")
    assert [record["id"] for record in json.loads(page.output)] == ["c1"]
    assert "1:10 min" in markaz(past, "records").output
    assert markaz(past, "records", "--before", "c9").stderr == (
        "markaz: there is no record of a call c9\n"
    )


def test_one_record_whole(past: Home) -> None:
    shown = markaz(past, "record", "c2").output
    found = json.loads(markaz(past, "record", "c2", "--json").output)

    assert "1.500 s" in shown
    assert str(past.recordings / "2026/11/21/c2.wav") in shown
    assert found["call"]["id"] == "c2"
    assert [leg["party"] for leg in found["legs"]] == ["fxo-1"]
    assert found["timeline"][0]["name"] == "queue.entered"
    assert found["recordings"][0]["length_s"] == 69.0
    assert markaz(past, "record", "c9").exit_code == 1


def test_passwd_changes_a_password_and_adds_a_user_only_when_told(past: Home) -> None:
    def right(password: str) -> bool:
        with closing(open_store(past)) as db:
            return users.verify(db, "admin", password) is not None

    assert "--create adds one" in markaz(past, "passwd", "admin", stdin="x" * 9).stderr
    added = markaz(past, "passwd", "admin", "--create", "--stdin", stdin="open sesame\n")
    assert (added.exit_code, added.output) == (0, "")
    assert right("open sesame")
    typed = markaz(past, "passwd", "admin", stdin="closed sesame\nclosed sesame\n")
    assert typed.exit_code == 0
    assert "sesame" not in typed.output
    assert right("closed sesame")
    short = markaz(past, "passwd", "admin", "--stdin", stdin="short\n")
    assert (short.exit_code, short.stderr) == (
        1,
        "markaz: a password needs at least 8 characters\n",
    )
    assert markaz(past, "passwd", "admin", "--create", "--stdin", stdin="x" * 9).exit_code == 1


def test_config_check_reports_all_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('[office]\nnmae = "A"\ncountry = "Iran"\n')

    found = markaz(home, "config", "check", str(bad))
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr.startswith("markaz: 2 problems in the site configuration:\n")

    fine = markaz(home, "config", "check", "-", stdin=SITE.format(port=8080))
    assert fine.output == "no problems: 1 extensions, 1 lines, 0 menus, 0 queues\n"
    assert not home.config_db.exists()


def test_config_check_of_a_file_that_is_no_text(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe")

    found = markaz(home, "config", "check", str(file))
    assert found.exit_code == 2
    assert "is not UTF-8" in found.stderr


def test_config_apply_tells_the_daemons(home: Home, box: Box, tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(history.text_of(home, 1) + "# changed\n")

    found = markaz(home, "config", "apply", str(file), "-m", "a comment")

    assert found.exit_code == 0
    assert found.output.splitlines() == [
        "configuration 2 is accepted",
        "  switchd: runs it",
        "  lined: runs it",
        "  edge: runs it",
    ]
    again = markaz(home, "config", "apply", str(file), "-m", "a comment")
    assert again.exit_code == 1
    assert again.stderr == "markaz: this is the current configuration already (version 2)\n"


def test_config_apply_with_daemons_down_is_accepted_all_the_same(home: Home) -> None:
    found = markaz(home, "config", "apply", "-", "-m", "x", stdin=SITE.format(port=8080))

    assert found.exit_code == 0
    assert "  switchd: is down; it reads it when it starts" in found.output.splitlines()


def test_config_apply_that_a_daemon_does_not_take_up_is_1(home: Home, box: Box) -> None:
    box["lined"][0].config_version = 5
    text = history.text_of(home, 1) + "# changed\n"

    found = markaz(home, "config", "apply", "-", "-m", "x", stdin=text)

    assert found.exit_code == 1
    assert found.stderr == "  lined: did not take it up: it runs version 6\n"
    assert history.load_current(home)[0] == 2


def test_config_apply_of_a_bad_file_keeps_the_old(home: Home, box: Box) -> None:
    found = markaz(home, "config", "apply", "-", "-m", "x", stdin="[ofice]")

    assert found.exit_code == 3
    assert "did you mean office?" in found.stderr
    assert history.load_current(home)[0] == 1
    assert box["switchd"][0].config_version == 1


def test_config_show_masks_unless_asked(home: Home, box: Box) -> None:
    assert "correct horse" not in markaz(home, "config", "show").output
    assert "سارا" in markaz(home, "config", "show").output
    secret = markaz(home, "config", "show", "--secrets").output
    assert secret == history.text_of(home, 1)
    assert markaz(home, "config", "show", "--version", "9").exit_code == 1


def test_config_undo_and_history(home: Home, box: Box) -> None:
    text = history.text_of(home, 1)
    markaz(home, "config", "apply", "-", "-m", "second", stdin=text + "# 2\n")

    assert markaz(home, "config", "undo").exit_code == 0
    assert history.text_of(home, 3) == text
    found = json.loads(markaz(home, "config", "history", "--json").output)
    assert [(v["number"], v["restores"]) for v in found] == [(3, 1), (2, None), (1, None)]
    shown = markaz(home, "config", "history").output.splitlines()
    assert "second" in shown[3]
    nothing = markaz(home, "config", "undo")
    assert nothing.exit_code == 1
    assert "nothing was before it" in nothing.stderr


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


def test_a_reader_that_stops_reading_is_no_traceback(past: Home) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "firmware.cli.main", "records"],
        env={**os.environ, "MARKAZ_HOME": str(past.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4, "0 s"), (59.6, "1:00 min"), (187, "3:07 min"), (18012, "5:00:12 h")],
)
def test_lengths_of_time(seconds: float | None, text: str) -> None:
    assert output.length(seconds) == text
