"""Commands of reports: the kept days, and the plan of shifts."""

from __future__ import annotations

import csv
import datetime as dt
import time
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from firmware.cli.failure import Failure
from firmware.config.history import load_current
from firmware.config.home import Home
from firmware.store import report_days, shifts
from firmware.store.db import open_store
from firmware.store.shifts import PlannedShift


@click.group()
def reports() -> None:
    """Reports of the past (docs/reports.md)."""


@reports.command()
@click.pass_obj
def rebuild(home: Home) -> None:
    """Compute every kept day anew from the records. Harmless; reports are slow meanwhile."""
    with closing(open_store(home)) as db:
        report_days.forget(db)
        click.echo(f"{report_days.keep(db, time.time())} days kept")


@reports.command("plan")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def plan(home: Home, table: Path) -> None:
    """Take up a plan of shifts from a CSV table with the columns agent, begins, ends and activity.

    Times are of the office's clock, as in 2026-11-22 08:00; activity is "work", or the name of a
    pause's reason. What was planned before for the same agents and days is replaced.
    """
    _, site = load_current(home)
    zone = ZoneInfo(site.office.time_zone)
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = [_shift(row, zone) for row in csv.DictReader(file, restval="")]
        with closing(open_store(home)) as db:
            click.echo(f"{shifts.replace(db, rows)} shifts planned")
    except (KeyError, ValueError) as error:
        raise Failure(f"{table} is no plan: {error}; see `markaz reports plan --help`") from error


def _shift(row: dict[str, str], zone: ZoneInfo) -> PlannedShift:
    return PlannedShift(
        agent=row["agent"].strip(),
        begins_at=_moment(row["begins"], zone),
        ends_at=_moment(row["ends"], zone),
        activity=(row.get("activity") or "work").strip(),
    )


def _moment(text: str, zone: ZoneInfo) -> float:
    return dt.datetime.fromisoformat(text.strip()).replace(tzinfo=zone).timestamp()
