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
