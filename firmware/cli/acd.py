"""``markaz acd``: what the call queues would do, asked of the exchange's own engine."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, length, table
from firmware.cli.records import store
from firmware.config import document, history
from firmware.config.callcentre import agent_rules, queue_rules
from firmware.config.home import Home
from firmware.simulate import replay, run
from firmware.simulate.figures import Figures
from firmware.simulate.people import Habits, Stream, dice_of
from firmware.store import queue_events

_NUMBERS = {"talk_s", "patience_s", "talk_spread", "takes_callback"}


def _stream(text: str) -> Stream:
    """``queue=support,calls_per_hour=60/90/60,talk_s=180,patience_s=120``."""
    settings: dict[str, object] = {}
    for item in text.split(","):
        key, _, given = (part.strip() for part in item.partition("="))
        settings[key] = _setting(key, given)
    if missing := {"queue", "calls_per_hour", "talk_s"} - set(settings):
        raise click.BadParameter(f"{', '.join(sorted(missing))} is missing in {text!r}")
    return Stream(**settings)  # type: ignore[arg-type]


def _setting(key: str, given: str) -> object:
    try:
        if key == "calls_per_hour":
            return tuple(_positive(number) for number in given.split("/"))
        if key in _NUMBERS:
            return _positive(given)
        if key == "priority":
            return int(given)
    except ValueError as error:
        raise click.BadParameter(f"{key}={given!r} is no number of at least 0") from error
    if key not in ("queue", "language"):
        raise click.BadParameter(f"there is no setting {key!r}")
    return given


def _positive(text: str) -> float:
    number = float(text)
    if not number >= 0:
        raise ValueError(text)
    return number


@click.group()
def acd() -> None:
    """What the call queues would do."""


@acd.command()
@click.option(
    "--synthetic",
    "streams",
    type=_stream,
    metavar="CALLERS",
    multiple=True,
    help="Callers who come at random: queue=support,calls_per_hour=60/90/60,talk_s=180 and, if "
    "wanted, patience_s, talk_spread, takes_callback, language, priority. Several times for "
    "several queues; calls_per_hour has a number for each hour.",
)
@click.option(
    "--replay",
    "events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of recorded events, one JSON object a line (docs/events.md).",
)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day this box has recorded.")
@click.option(
    "--site",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Under this configuration instead of the box's own.",
)
@click.option("--hours", type=click.FloatRange(0.01, 10_000), default=8.0, show_default=True)
@click.option("--answer-s", type=click.FloatRange(0), default=3.0, show_default=True,
              help="How long agents let it ring, on average (synthetic).")  # fmt: skip
@click.option("--misses", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="The share of offers that agents miss (synthetic).")  # fmt: skip
@click.option("--within-s", type=click.FloatRange(0), default=20.0, show_default=True,
              help="The service level's threshold.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True)
@json_option
@click.pass_obj
def simulate(  # noqa: PLR0917 - click passes every option by name
    home: Home,
    streams: tuple[Stream, ...],
    events: Path | None,
    day: datetime | None,
    site: Path | None,
    hours: float,
    answer_s: float,
    misses: float,
    within_s: float,
    seed: int,
    json_wanted: bool,
) -> None:
    """Let a day pass under the box's configuration, or another, and print its figures.

    The day is one of --synthetic, --replay and --day.
    """
    if sum((bool(streams), events is not None, day is not None)) != 1:
        raise click.UsageError("give one of --synthetic, --replay and --day")
    rules = _rules(home, site)
    try:
        if streams:
            habits = Habits(answer_s=answer_s, misses=misses)
            figures = run.synthetic(
                rules, streams, hours=hours, habits=habits, threshold_s=within_s, seed=seed
            )
        else:
            recorded = _recorded(home, events, day, seed)
            figures = run.replayed(rules, recorded, threshold_s=within_s, seed=seed)
    except (run.UnknownQueue, replay.BadRecord) as error:
        raise Failure(str(error)) from error
    if json_wanted:
        as_json(figures)
    else:
        _show(figures)


def _rules(home: Home, file: Path | None) -> run.Rules:
    site = document.parse(file.read_text("utf-8")) if file else history.load_current(home)[1]
    return queue_rules(site), agent_rules(site)


def _recorded(home: Home, file: Path | None, day: datetime | None, seed: int) -> replay.Day:
    if file is not None:
        with file.open(encoding="utf-8") as lines:
            found = replay.read_lines(lines)
        begin = found[0].at if found else 0.0
    else:
        assert day is not None
        begin = day.timestamp()  # midnight of the box's own time zone
        with closing(store(home)) as db:
            end = (day + timedelta(days=1)).timestamp()
            found = queue_events.between(db, begin, end)
    if not found:
        raise Failure("nothing was recorded then")
    return replay.day_of(found, begin, dice_of(seed))


def _show(figures: Figures) -> None:
    table(
        (
            "queue",
            "offered",
            "answered",
            "gave up",
            "led elsewhere",
            f"within {figures.threshold_s:g} s",
            "ASA",
            "longest",
            "gave up",
            "AHT",
        ),
        [
            (
                one.queue,
                one.offered,
                one.answered,
                one.abandoned,
                ", ".join(f"{count} {reason}" for reason, count in sorted(one.expelled.items())),
                f"{one.service_level:.1%}",
                f"{one.asa_s:.1f} s",
                length(one.longest_wait_s),
                f"{one.abandonment:.1%}",
                length(one.aht_s),
            )
            for one in figures.queues
        ],
    )
    click.echo()
    table(
        ("agent", "calls", "talked", "on duty", "occupancy"),
        [
            (
                one.agent,
                one.calls,
                length(one.talk_s),
                length(one.on_duty_s),
                f"{one.occupancy:.1%}",
            )
            for one in figures.agents
        ],
    )
