"""``python -m tests.bench.lines delay|ports|soak``: what calls on lines cost.

``delay``: how much later a call on a trunk line is heard than one between two SIP telephones.
``ports``: sixteen ports in calls at once. ``soak``: the same for minutes, while SIPp keeps all the
other daemons busy.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from firmware.config.schema import Line, LineKind, Site
from firmware.link.api import SwitchApi
from hw.signal.tone import plan_or_assumed
from tests.bench import line_ports
from tests.bench.line_delay import Delay, delays_ms, summary
from tests.bench.line_parties import Office, Phone, Track
from tests.bench.load import Shape, answering, calling
from tests.bench.office import ANSWERED_GROUPS, office, register
from tests.rig.box import LeanBox
from tests.rig.until import until

_TALK_FRAMES = 250
_LINE = "fxo-1"


@click.group()
def main() -> None:
    """Measure calls on lines."""


@main.command()
@click.option("--calls", default=10, show_default=True, help="Of each kind; each talks for 5 s.")
def delay(calls: int) -> None:
    """The added one-way delay of a call on a line, both ways."""

    def shape(site: Site) -> Site:
        line = Line(name=_LINE, kind=LineKind.TRUNK, route="extension:101")
        telephones = tuple(e for e in site.extension if e.password is not None)
        return site.model_copy(update={"line": (line,), "extension": telephones})

    with LeanBox("kamailio", "edge", "switchd", shape=shape) as box:
        host, port = box.sip_server.split(":")
        server = (host, int(port))
        country = box.site.office.country
        with (
            Phone(server, "127.9.9.1", "101", box.passwords["101"]) as one,
            Phone(server, "127.9.9.2", "102", box.passwords["102"]) as other,
            Office(box.home.wire(_LINE), plan_or_assumed(country)) as office,
        ):
            box.start("lined")
            try:
                sip = [_telephones(box, one, other, seed) for seed in range(calls)]
                line = [_line(box, one, office, seed) for seed in range(calls)]
            finally:
                box.stop("lined")
    _report(sip, line)


@main.command()
@click.option("--seconds", default=30, show_default=True)
def ports(seconds: int) -> None:
    """Processor time of sixteen ports in calls at once."""
    daemons = ("kamailio", "edge", "switchd", "bench", "lined")
    with LeanBox(*daemons, shape=line_ports.with_lines) as box:
        line_ports.connect(box, box.home.root)
        _show(line_ports.watch(box, seconds))


@main.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--calls-per-s", default=5.0, show_default=True)
def soak(minutes: float, calls_per_s: float) -> None:
    """Frames lost on sixteen ports while the other daemons are loaded."""
    seconds = 60 * minutes
    shape = Shape(calls=round((seconds + 30) * calls_per_s), calls_per_s=calls_per_s, hold_s=8.0)
    daemons = ("bench", "lined", "web")
    with tempfile.TemporaryDirectory(prefix="markaz-soak-") as made:
        folder = Path(made)
        extended = line_ports.with_lines
        groups = ANSWERED_GROUPS
        with office(folder / "box", 16000, groups, *daemons, extended=extended) as box:
            register(box, folder, groups)
            with answering(box, folder, groups):
                line_ports.connect(box, folder)
                with calling(box, shape, folder, groups) as load:
                    _show(line_ports.watch(box, seconds))
                    click.echo(f"SIP calls meanwhile: {load.counts()}\n{load.complaints()}")
                    click.echo(f"ports still in calls: {line_ports.in_use(box)}")


def _show(seen: line_ports.Seen) -> None:
    for name, value in asdict(seen).items():
        click.echo(f"{name:<18}{value}")


Found = tuple[list[float | None], list[float | None]]


def _telephones(box: LeanBox, one: Phone, other: Phone, seed: int) -> Found:
    """A call between two SIP telephones: there, and back."""
    one.begin(2 * seed)
    other.begin(2 * seed + 1)
    one.call("102")
    return _talk(box, one.track, other.track, (one.hush, other.hush))


def _line(box: LeanBox, phone: Phone, office: Office, seed: int) -> Found:
    """A call on the line to a SIP telephone: there, and back."""
    until(lambda: office.is_free, 15.0, "the line is free")
    phone.begin(2 * seed)
    office.begin(2 * seed + 1)
    until(lambda: _rings(office), 10.0, "the line rings")
    until(lambda: office.talks, 20.0, "the box answers")
    return _talk(box, office.track, phone.track, (phone.hush, office.hang_up))


def _rings(office: Office) -> bool:
    """Ring the line, if it is free: the box does not hear it for 2 s after a call."""
    office.ring("02188776655")
    return True


def _talk(box: LeanBox, one: Track, other: Track, ends: tuple[Callable[[], None], ...]) -> Found:
    def enough() -> bool:
        return min(len(one.heard), len(other.heard)) > _TALK_FRAMES

    until(enough, 15.0, "they hear one another for 5 s")
    with box.link("switchd") as link:
        for call in link.snapshot().get("call", ()):
            link.call(SwitchApi.hang_up, call_id=call.id)
    for end in ends:
        end()

    def over() -> bool:
        with box.link("switchd") as link:
            return not link.snapshot().get("call")

    until(over, 10.0, "the call is over")
    return list(delays_ms(one, other)), list(delays_ms(other, one))


def _report(sip: list[Found], line: list[Found]) -> None:
    rows: dict[str, Delay] = {
        "telephone to telephone": summary([d for call in sip for way in call for d in way]),
        "line to telephone": summary([d for there, _ in line for d in there]),
        "telephone to line": summary([d for _, back in line for d in back]),
    }
    base = rows["telephone to telephone"].p50_ms
    click.echo(f"{'':<26}{'windows':>8}{'lost':>6}{'p50 ms':>8}{'p95 ms':>8}{'added p50':>11}")
    for name, row in rows.items():
        added = row.p50_ms - base
        click.echo(
            f"{name:<26}{row.windows:>8}{row.lost:>6}{row.p50_ms:>8.1f}{row.p95_ms:>8.1f}"
            f"{added:>11.1f}"
        )


if __name__ == "__main__":
    main()
