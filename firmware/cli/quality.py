"""``markaz quality``: which telephone, line or trunk sounds bad."""

from __future__ import annotations

import time
from contextlib import closing

import click

from firmware.cli.live import json_option
from firmware.cli.output import as_json, table
from firmware.cli.records import store
from firmware.config.home import Home
from firmware.store.quality import by_peer

_DAY_S = 86_400.0


@click.command()
@json_option
@click.option("--days", type=click.FloatRange(0, min_open=True), default=7.0, show_default=True)
@click.pass_obj
def quality(home: Home, days: float, json_wanted: bool) -> None:
    """Which telephone, line or trunk sounds bad, the worst first.

    Heard is what the box heard of it, told what it says it heard of the box. A leg is poor whose
    rating was below 3.6 either way; on a scale from 1 to 4.4, of the network's part only.
    """
    with closing(store(home)) as db:
        found = by_peer(db, time.time() - days * _DAY_S)
    if json_wanted:
        as_json(found)
        return
    table(
        ("with", "legs", "poor", "heard MOS", "lost", "told MOS", "lost", "jitter", "trip"),
        [
            (
                one.peer,
                one.legs,
                one.poor_legs,
                f"{one.heard_mos:.1f}",
                f"{one.heard_loss:.1%}",
                f"{one.told_mos:.1f}",
                f"{one.told_loss:.1%}",
                f"{one.jitter_ms:.1f} ms",
                f"{one.round_trip_ms:.0f} ms",
            )
            for one in found
        ],
    )
