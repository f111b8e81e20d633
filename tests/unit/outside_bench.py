"""An office with lines outside, whose states a test sets."""

from __future__ import annotations

from firmware.config.schema import Extension, Line, LineKind, Switch
from firmware.config.sections.calendars import Calendar, Hours, Weekday
from firmware.config.sections.routing import Outbound
from firmware.link.client import Snapshot
from firmware.link.rows import LineRow
from firmware.model.cause import Cause
from tests.unit.switchd_bench import Rig, site

WAYS = ("fxo-1", "fxo-2", "gsm-1")
FATES = (Cause.NO_CIRCUIT, Cause.USER_BUSY, Cause.NETWORK_OUT_OF_ORDER)


def office(**changes):
    parts = {
        "extension": (
            Extension(number="101", name="Sara", password="not-a-secret-1", permission="mobile"),
            Extension(number="102", name="Omar", password="not-a-secret-2", permission="internal"),
            Extension(number="201", name="Desk"),
        ),
        "line": (
            Line(name="fxo-1", kind=LineKind.TRUNK, route="calendar:office"),
            Line(name="fxo-2", kind=LineKind.TRUNK, route="ivr:main"),
            Line(name="gsm-1", kind=LineKind.MOBILE, route="number:09350000000"),
            Line(name="fxs-1", kind=LineKind.STATION, extension="201"),
        ),
        "outbound": (
            Outbound(name="secret", patterns=("077.",), ways=("gsm-1",), pin="2468"),
            Outbound(
                name="all",
                patterns=("0.", "9."),
                ways=("fxo-1", "fxo-2", "gsm-1"),
                permission="mobile",
            ),
        ),
        "calendar": (
            Calendar(
                name="office",
                hours=(Hours(days=tuple(Weekday), open=("00:00-24:00",)),),
                when_open="extension:101",
                when_closed="ivr:main",
            ),
        ),
        "switch": Switch(max_calls=20, ring_timeout_s=20.0),
    } | changes
    return site(**parts)


class Outdoors(Rig):
    """The exchange, and lines whose states the test sets."""

    def __init__(self, a_site=None):
        super().__init__(a_site or office())
        self.states = dict.fromkeys(WAYS, "idle")
        self.lines()

    def lines(self, **states):
        self.states |= {name.replace("_", "-"): state for name, state in states.items()}
        rows = tuple(
            LineRow(
                id=name,
                kind="mobile" if name == "gsm-1" else "trunk",
                state=state,
                simulated=True,
                number="",
                signal_dbm=None,
                fault="no battery" if state == "cut" else "",
            )
            for name, state in self.states.items()
        )
        self.exchange.outside.ways.told(Snapshot(rows={"line": rows}))

    @property
    def out(self):
        """The line of every call that went out, in order, with the number."""
        return [
            (d.headers["X-Markaz-Line"], d.uri.partition("@")[0].removeprefix("sip:"))
            for d in self.stack.dialled
            if "X-Markaz-Line" in d.headers
        ]
