"""The doctor: what each thing that goes wrong is called, and that every id has its advice."""

from __future__ import annotations

import string
import threading
import urllib.request
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from firmware.box import first
from firmware.cli.doctor import ADVICE, words
from firmware.cli.main import main
from firmware.config import history
from firmware.config.home import Home
from firmware.config.sections.diagnosis import Diagnosis as Settings
from firmware.diagnosis.checks import IDS, Finding, Weight, diagnose
from firmware.diagnosis.facts import Facts
from firmware.diagnosis.figures import Figures
from firmware.diagnosis.main import Diagnosis, run
from firmware.link.board import HealthRow, PowerRow
from firmware.link.internet import InternetRow
from firmware.link.rows import AlarmRow, DaemonStatus, ExtensionRow, LineRow, TrunkRow
from firmware.model.internet import InternetCause
from firmware.store import health
from firmware.store.db import open_store
from firmware.store.health import Trouble
from tests.rig.ports import reserve_block
from tests.rig.until import until


def status(name: str, **more: Any) -> DaemonStatus:
    given: dict[str, Any] = {
        "name": name, "version": "1", "pid": 1, "up_s": 1.0, "config_version": 3, "warnings": (),
    }  # fmt: skip
    return DaemonStatus(**given | more)


HEALTHY = Facts(at=1000.0, config_version=3, daemons={"switchd": status("switchd")})


def line(state: str, kind: str = "trunk", **more: Any) -> LineRow:
    given = {"number": "", "signal_dbm": None, "fault": "", "simulated": False}
    return LineRow(id="l1", kind=kind, state=state, **given | more)


def trunk(state: str) -> TrunkRow:
    return TrunkRow(
        id="t1", title="", state=state, reason="why", address="", rtt_ms=None, since=0.0
    )


def internet(state: str, cause: str) -> InternetRow:
    return InternetRow(id="internet", state=state, cause=cause, detail="nobody", since=0.0)


def power(state: str, fault: str = "") -> PowerRow:
    return PowerRow(
        id="power", state=state, since=0.0, mains=state == "mains", charge_percent=63.0,
        minutes_left=12.0, voltage_v=None, measures=(), fault=fault, simulated=False,
    )  # fmt: skip


def ill(ident: str, state: str = "warning") -> HealthRow:
    return HealthRow(id=ident, state=state, value=91.5, unit="celsius", text="w")


def telephone(number: str, registered: bool) -> ExtensionRow:
    return ExtensionRow(id=number, name="", registered=registered, contact="", user_agent="")


def hindrance(daemon: str, ident: str) -> AlarmRow:
    return AlarmRow(id=ident, daemon=daemon, text=f"{daemon} is hindered", since=0.0)


def with_rows(**rows: Any) -> Facts:
    return replace(HEALTHY, rows=rows)


CASES: list[tuple[Facts, set[str]]] = [
    (HEALTHY, set()),
    (replace(HEALTHY, daemons={"switchd": None}), {"daemon_down"}),
    (replace(HEALTHY, config_version=4), {"config_not_taken_up"}),
    (replace(HEALTHY, daemons={"a": status("a", config_version=0)}), set()),
    (replace(HEALTHY, daemons={"a": status("a", warnings=("w",))}), {"daemon_warns"}),
    (with_rows(line=(line("idle"),)), set()),
    (with_rows(line=(line("fault", fault="x"),)), {"port_silent"}),
    (with_rows(line=(line("fault", "mobile"),)), {"modem_gone"}),
    (with_rows(line=(line("cut"),)), {"line_cut"}),
    (with_rows(line=(line("cut", "mobile"),)), {"sim_without_network"}),
    (with_rows(line=(line("idle", note="no dial tone"),)), {"line_no_dial_tone"}),
    (with_rows(line=(line("idle", "mobile", signal_dbm=-110),)), {"sim_weak"}),
    (with_rows(line=(line("idle", "mobile", signal_dbm=-70),)), set()),
    (with_rows(trunk=(trunk("registered"), trunk("starting"))), set()),
    *(
        (with_rows(trunk=(trunk(state),)), {f"trunk_{state}"})
        for state in ("unresolved", "unreachable", "untrusted", "unregistered", "refused")
    ),
    (
        with_rows(trunk=(trunk("unreachable"),), internet=(internet("down", "gateway"),)),
        {"internet_gateway"},
    ),
    *(
        (with_rows(internet=(internet("down", cause),)), {f"internet_{cause}"})
        for cause in InternetCause
        if cause
    ),
    (with_rows(internet=(internet("up", ""),)), set()),
    (with_rows(extension=(telephone("1", True), telephone("2", False))), {"telephone_gone"}),
    (with_rows(extension=(telephone("1", False),)), {"no_telephone_registered"}),
    (with_rows(alarm=(hindrance("recorder", "room"),)), {"recorder_alarm"}),
    (
        replace(
            with_rows(alarm=(hindrance("outbox", "letters"), hindrance("update", "update"))),
            daemons={
                name: status(name, warnings=(f"{name} is hindered",))
                for name in ("outbox", "update")
            },
        ),
        {"daemon_warns", "update_failed"},
    ),
    *(
        (with_rows(power=(power(state),)), {finding})
        for state, finding in {
            "on_battery": "power_on_battery",
            "low": "power_low",
            "critical": "power_critical",
            "finalising": "power_critical",
            "halted": "power_critical",
        }.items()
    ),
    (with_rows(power=(power("mains"),)), set()),
    (with_rows(power=(power("restored"),)), set()),
    (with_rows(power=(power("mains", "no cable"),)), {"power_fault"}),
    (with_rows(health=(ill("temperature"),)), {"machine_hot"}),
    (with_rows(health=(ill("throttling", "bad"),)), {"machine_throttled"}),
    (with_rows(health=(ill("wear:mmcblk0"),)), {"disk_worn"}),
    (with_rows(health=(ill("disk:/", "bad"),)), {"disk_errors"}),
    (with_rows(health=(ill("disk:/", "good"),)), set()),
    (
        replace(
            with_rows(health=(ill("temperature"),), power=(power("mains", "f"),)),
            daemons={"deviced": status("deviced", warnings=("temperature: w", "supply: f"))},
        ),
        {"machine_hot", "power_fault"},
    ),
    (replace(HEALTHY, disk_free_share=0.05), {"disk_low"}),
    (replace(HEALTHY, disk_free_share=0.01), {"disk_full"}),
    (replace(HEALTHY, last_known_time=1e9), {"clock_behind"}),
]


@pytest.mark.parametrize(("facts", "ids"), CASES)
def test_what_is_found(facts: Facts, ids: set[str]) -> None:
    found = diagnose(facts)
    assert {one.id for one in found} == ids
    for one in found:
        what, advice = words(one)
        assert what
        assert advice


def test_every_id_is_found_somewhere_and_has_its_advice() -> None:
    assert {ident for _, ids in CASES for ident in ids} == IDS
    assert set(ADVICE) == IDS


def test_advice_names_only_facts_that_are_there() -> None:
    """``words`` of the cases above fills every text; here: no text asks for what nobody gives."""
    known = {"subject", "runs", "current", "words", "free", "detail", "fault", "signal", "reason"}
    for texts in ADVICE.values():
        for text in texts:
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert fields <= known


def test_the_worst_comes_first() -> None:
    rows = {"line": (line("cut"),), "extension": (telephone("1", True), telephone("2", False))}
    found = diagnose(replace(HEALTHY, rows=rows, disk_free_share=0.05))
    assert [one.weight for one in found] == [Weight.CRITICAL, Weight.WARNING, Weight.NOTICE]
    assert found[0] == Finding(
        id="line_cut", subject="l1", weight=Weight.CRITICAL, facts={"fault": ""}
    )


def test_figures_are_what_prometheus_reads() -> None:
    facts = with_rows(
        line=(line("in_use"),),
        trunk=(trunk("registered"),),
        internet=(internet("down", "gateway"),),
        extension=(telephone("1", True), telephone("2", False)),
        power=(power("on_battery"),),
        health=(ill("temperature", "bad"), ill("disk:/", "good")),
    )
    registry = CollectorRegistry()
    registry.register(Figures(lambda: facts))
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }
    assert told[("markaz_daemon_up", "switchd")] == 1.0
    assert told[("markaz_line_state", "l1", "in_use")] == 1.0
    assert told[("markaz_trunk_usable", "t1")] == 1.0
    assert told[("markaz_internet_up",)] == 0.0
    assert told[("markaz_telephones",)] == 1.0
    assert told[("markaz_power_mains",)] == 0.0
    assert told[("markaz_battery_charge_percent",)] == 63.0
    assert told[("markaz_battery_minutes_left",)] == 12.0
    assert told[("markaz_machine_health", "temperature", "celsius")] == 91.5
    assert told[("markaz_machine_ill", "temperature")] == 2.0
    assert told[("markaz_machine_ill", "disk:/")] == 0.0
    assert told[("markaz_findings", "critical")] == 2.0


def test_history_has_what_began_and_ended(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    cut = Trouble(
        finding="line_cut", subject="l1", weight="critical", facts={"fault": "b"}, began_at=0
    )
    with closing(open_store(home)) as db:
        health.note(db, [cut], 10.0)
        health.note(db, [cut, replace(cut, subject="l2")], 20.0)
        health.note(db, [replace(cut, subject="l2")], 30.0)
        found = {one.subject: one for one in health.recent(db)}
        assert found["l1"] == replace(cut, began_at=10.0, ended_at=30.0)
        assert (found["l2"].began_at, found["l2"].ended_at) == (20.0, None)
        health.note(db, [cut], 40.0)
        assert len(health.recent(db)) == 3
        health.forget(db, 35.0)
        assert {one.began_at for one in health.recent(db)} == {20.0, 40.0}
    done = CliRunner().invoke(main, ["--home", str(home.root), "doctor", "--history"])
    assert "line l2" in done.output or "line_cut" in done.output, done.output


def test_the_daemon_serves_figures_and_keeps_history(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    with reserve_block() as ports:
        port = ports.base + 90
        site = first.site(0).model_copy(update={"diagnosis": Settings(metrics_port=port)})
        history.create_first(home, site)
        diagnosis = Diagnosis(home)
        diagnosis.look()
        stop = threading.Event()
        thread = threading.Thread(target=run, args=(home, stop))
        thread.start()
        try:
            text = until(lambda: served(port), 10.0, "figures are served")
        finally:
            stop.set()
            thread.join(10.0)
    assert "python_info" not in text
    with closing(open_store(home)) as db:
        assert {one.subject for one in health.recent(db)} >= {"switchd", "edge", "lined"}


def served(port: int) -> str:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        return f"{page.status} {page.read().decode()}"
    return ""
