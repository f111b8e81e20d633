"""The box in figures, as Prometheus reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from firmware.diagnosis.checks import diagnose
from firmware.diagnosis.facts import Facts
from firmware.model.internet import InternetState
from firmware.model.trunk import USABLE

_HEALTH = ("good", "warning", "bad")


class Figures(Collector):
    """What is gathered last, told anew at each question. Labels are names of the configuration:
    no number of a caller is one."""

    def __init__(self, facts: Callable[[], Facts | None]) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        facts = self._facts()
        if facts is not None:
            yield from figures(facts)


def figures(facts: Facts) -> Iterator[Metric]:
    """All of them."""
    up = GaugeMetricFamily("markaz_daemon_up", "Whether a daemon answers.", labels=["daemon"])
    since = GaugeMetricFamily("markaz_daemon_up_seconds", "How long it runs.", labels=["daemon"])
    for name, status in facts.daemons.items():
        up.add_metric([name], float(status is not None))
        if status is not None:
            since.add_metric([name], status.up_s)
    yield from (up, since)
    rows = facts.rows
    line = GaugeMetricFamily(
        "markaz_line_state", "1 for the state of a line.", labels=["line", "state"]
    )
    for row in rows.get("line", ()):
        line.add_metric([row.id, row.state], 1.0)
    trunk = GaugeMetricFamily("markaz_trunk_usable", "Whether calls can go out.", labels=["trunk"])
    for row in rows.get("trunk", ()):
        trunk.add_metric([row.id], float(row.state in USABLE))
    yield from (line, trunk)
    for row in rows.get("internet", ()):
        is_up = row.state in (InternetState.UP, InternetState.LIMITED)
        yield GaugeMetricFamily("markaz_internet_up", "Whether there is one.", float(is_up))
    yield from _machine(facts)
    waiting = GaugeMetricFamily("markaz_queue_waiting", "Callers who wait.", labels=["queue"])
    for row in rows.get("queue", ()):
        waiting.add_metric([row.id], float(len(row.waiting)))
    yield waiting
    telephones = [row.registered for row in rows.get("extension", ())]
    yield GaugeMetricFamily("markaz_calls", "Calls now.", float(len(rows.get("call", ()))))
    yield GaugeMetricFamily("markaz_telephones", "Registered now.", float(sum(telephones)))
    yield GaugeMetricFamily("markaz_disk_free_ratio", "Of the disk.", facts.disk_free_share)
    found = GaugeMetricFamily("markaz_findings", "What the doctor found.", labels=["weight"])
    for weight, count in Counter(str(one.weight) for one in diagnose(facts)).items():
        found.add_metric([weight], float(count))
    yield found


def _machine(facts: Facts) -> Iterator[Metric]:
    """The power, and what the machine shows of its own health; what nobody knows is left out."""
    for row in facts.rows.get("power", ()):
        told = {
            ("markaz_power_mains", "Whether there are mains."): row.mains,
            ("markaz_battery_charge_percent", "Of the battery."): row.charge_percent,
            ("markaz_battery_minutes_left", "On battery at this load."): row.minutes_left,
        }
        for (name, words), value in told.items():
            if value is not None:
                yield GaugeMetricFamily(name, words, float(value))
    value = GaugeMetricFamily(
        "markaz_machine_health", "What it measures of itself.", labels=["of", "unit"]
    )
    ill = GaugeMetricFamily("markaz_machine_ill", "0 good, 1 warning, 2 bad.", labels=["of"])
    for row in facts.rows.get("health", ()):
        if row.value is not None:
            value.add_metric([row.id, row.unit], row.value)
        ill.add_metric([row.id], float(_HEALTH.index(row.state) if row.state in _HEALTH else 1))
    yield from (value, ill)
