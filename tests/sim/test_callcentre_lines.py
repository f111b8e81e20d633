"""Callers on a trunk line and on a SIM keep their place, hang up, and are called back by the
outbound routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.config.schema import Line, Site
from firmware.config.sections.queues import CallbackOffer, Queue
from firmware.config.sections.routing import Outbound
from firmware.link.api import BenchApi, SwitchApi
from firmware.link.client import Event
from firmware.link.rows import FarRow, LineRow, QueueRow
from tests.rig.box import Box, LeanBox
from tests.rig.sim import assert_no_calls
from tests.rig.telephones import Telephones
from tests.rig.until import until

AGENT = "101"
AT_LINE, AT_SIM = "02188776655", "09121234567"


def shape(site: Site) -> Site:
    """Calls on the line and the SIM wait in one queue; numbers outside go out by the same two."""

    def routed(line: Line) -> Line:
        return line.model_copy(update={"route": "queue:help"}) if line.route else line

    help_queue = Queue(
        name="help",
        number="611",
        title="Help",
        members=(AGENT,),
        wrap_up_s=0.0,
        callback=CallbackOffer(digit="2", first_after_s=1.0, retry_s=(3.0,)),
    )
    return site.model_copy(
        update={
            "line": tuple(map(routed, site.line)),
            "queue": (help_queue,),
            "ivr": (),
            "outbound": (
                Outbound(name="mobile", patterns=("09.",), ways=("gsm-1",)),
                Outbound(name="city", patterns=("0.",), ways=("fxo-1",)),
            ),
        }
    )


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with LeanBox("kamailio", "edge", "bench", "lined", "switchd", shape=shape) as made:
        yield made


def line_state(box: Box, name: str) -> str:
    with box.link("lined") as link:
        rows = link.snapshot().get("line", ())
    return next(row.state for row in rows if isinstance(row, LineRow) and row.id == name)


def callbacks(box: Box) -> list[str]:
    with box.link("switchd") as link:
        rows = link.snapshot()["queue"]
    found = next(row for row in rows if isinstance(row, QueueRow))
    return [caller.callback for caller in found.waiting]


@pytest.mark.parametrize(("line", "number"), [("fxo-1", AT_LINE), ("gsm-1", AT_SIM)])
def test_a_caller_from_outside_is_called_back(
    box: Box, tmp_path: Path, line: str, number: str
) -> None:
    bench = box.watch("bench")
    until(lambda: line_state(box, line) == "idle", 15.0, f"{line} is idle")
    with Telephones(box, tmp_path) as phones, box.link("switchd") as switch:
        agent = phones.desk_phone(AGENT)
        switch.call(SwitchApi.pause_agent, AGENT, "", "")
        with box.link("bench") as link:
            link.call(
                BenchApi.ring, line=line, number=number, name="", digits="21", say="", listen=""
            )
        until(lambda: callbacks(box) == [number], 30.0, "the promise is made")
        with box.link("bench") as link:
            link.call(BenchApi.hang_up, line)
        until(lambda: line_state(box, line) == "idle", 15.0, f"{line} is idle again")
        switch.call(SwitchApi.resume_agent, AGENT, "")

        def is_dialled(event: Event) -> bool:
            row = event.row
            return event.name == "far.dialled" and isinstance(row, FarRow) and row.number == number

        row = bench.wait(is_dialled, 20.0, f"{number} is dialled").row
        assert isinstance(row, FarRow)
        assert row.id == line
        agent.expect("incoming", "in1", timeout_s=20)
        agent.answer("in1")
        agent.expect("established", "in1")
        until(lambda: callbacks(box) == [], 5.0, "nobody waits any more")
        agent.hang_up("in1")
        agent.expect("ended", "in1")
    assert_no_calls(box)
