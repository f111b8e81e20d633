"""``markaz line``: learn how the exchange at the other end of a trunk line behaves, look at what
was found, accept it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from firmware.cli.failure import BOX_SAID_NO, Failure
from firmware.cli.line_words import ASKS, FAULTS, LOOP_BACK_FAULTS, SETTINGS, reason
from firmware.cli.live import json_option
from firmware.cli.output import as_json, plain, table
from firmware.config import history
from firmware.config.home import Home
from firmware.config.learned import Accepted, accept
from firmware.config.rollout import Uptake, roll_out
from firmware.config.schema import Line, LineKind
from firmware.link.api import LinedApi
from firmware.link.client import Event, Link, Refused
from firmware.link.learning import LearningRow, LearningStep, ProposalRow
from firmware.link.lines import LoopBackRow
from firmware.model.learning import Step
from firmware.model.loopback import LoopBackState

_SURE = 0.6


@click.group()
def line() -> None:
    """Trunk lines: learn how their exchange signals, and keep what was learned."""


@line.command()
@click.argument("name")
@click.option("--own-number", default="", help="The line's own number: busy to itself.")
@click.option("--wrong-number", default="", help="A number that nobody has.")
@click.option("--call", "friend", default="", help="A number where you answer and hang up.")
@click.option("--wait-for-call", is_flag=True, help="You will call the line, and hang up.")
@click.option("--ask", is_flag=True, help="Ask for what is not given.")
@click.option("--accept", "accept_s", is_flag=True, help="Accept what is at least 60 % sure.")
@click.pass_obj
def learn(
    home: Home,
    *,
    name: str,
    own_number: str,
    wrong_number: str,
    friend: str,
    wait_for_call: bool,
    ask: bool,
    accept_s: bool,
) -> None:
    """Measure line NAME ("fxo-1", or 1 for the first): its tones, what tells that the far end
    answered or hung up, caller ID, levels and echo.

    Dial tone is always listened for. Nothing is dialled but the numbers you give. The line is out
    of service meanwhile; Ctrl-C gives it back. Nothing is set before you accept it.
    """
    name = _named(home, name)
    if ask:
        own_number = own_number or _asked("The line's own number, which is busy to itself")
        wrong_number = wrong_number or _asked("A number that nobody has")
        friend = friend or _asked("A number where you answer, wait 15 s and hang up")
        wait_for_call = wait_for_call or click.confirm("Will you call the line afterwards?")
    numbers = {Step.BUSY: own_number, Step.CONGESTION: wrong_number, Step.CALL_OUT: friend}
    steps = [LearningStep(step=Step.DIAL_TONE)]
    steps += [LearningStep(step=step, number=number) for step, number in numbers.items() if number]
    steps += [LearningStep(step=Step.CALL_IN)] if wait_for_call else []
    row = _run(home, name, tuple(steps))
    _print(row)
    if row.state not in {"done", "failed"}:
        raise click.exceptions.Exit(BOX_SAID_NO)
    sure = [one for one in row.proposals if one.value and one.confidence >= _SURE]
    if not sure:
        click.echo("nothing is sure enough to propose it as a whole: see `markaz line accept`")
    elif accept_s or (ask and click.confirm(f"Accept the {len(sure)} that are surest?")):
        _accept(home, name, sure)


@line.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(home: Home, name: str, json_wanted: bool) -> None:
    """What is configured as learned for line NAME, and what is proposed."""
    name = _named(home, name)
    kept = next(one for one in _lines(home) if one.name == name).learned or ()
    row = _row(home, name)
    if json_wanted:
        as_json({"learned": [one.model_dump(mode="json") for one in kept], "proposed": row})
        return
    table(
        ("setting", "value", "sure", "from", "on"),
        [(SETTINGS[k.setting], k.value, _sure(k.confidence), k.source, k.date) for k in kept],
    )
    if row is None:
        click.echo("nothing is proposed: `markaz line learn` measures")
    else:
        click.echo()
        _print(row)


@line.command("accept")
@click.argument("name")
@click.argument("settings", nargs=-1)
@click.pass_obj
def accept_(home: Home, name: str, settings: tuple[str, ...]) -> None:
    """Make what is proposed for line NAME its configuration: the SETTINGS named ("busy",
    "hang_up"), or everything that is at least 60 % sure. The line is built anew: a call on it
    ends."""
    name = _named(home, name)
    row = _row(home, name)
    known = {one.setting: one for one in row.proposals if one.value} if row is not None else {}
    if missing := [one for one in settings if one not in known]:
        there = ", ".join(known) or "none"
        raise Failure(f"nothing is proposed for {', '.join(missing)}; there is {there}")
    chosen = [known[one] for one in settings]
    _accept(home, name, chosen or [one for one in known.values() if one.confidence >= _SURE])


@line.command()
@click.argument("name")
@click.pass_obj
def cancel(home: Home, name: str) -> None:
    """Stop learning line NAME; it serves again at once."""
    with Link(home.link("lined"), "cli") as link:
        link.call(LinedApi.cancel_learning, _named(home, name))


@line.command()
@click.argument("name")
@click.pass_obj
def forget(home: Home, name: str) -> None:
    """Throw away what is proposed for line NAME."""
    with Link(home.link("lined"), "cli") as link:
        link.call(LinedApi.forget_learning, _named(home, name))


@line.command()
@click.argument("name")
@json_option
@click.pass_obj
def test(home: Home, name: str, json_wanted: bool) -> None:
    """Test both ways of line NAME's audio: off the hook, dial tone, and whether our own sound
    comes back. Nothing is dialled; the line is out of service for about ten seconds."""
    row = _tested(home, _named(home, name))
    if json_wanted:
        as_json(row)
    elif row.fault:
        click.echo(LOOP_BACK_FAULTS[row.fault])
    else:
        click.echo(
            f"both ways work: dial tone at {row.tone_dbm0:.1f} dBm0, our own sound comes back "
            f"{row.return_loss_db:.1f} dB quieter"
        )
    if row.state != LoopBackState.PASSED:
        raise click.exceptions.Exit(BOX_SAID_NO)


def _tested(home: Home, name: str) -> LoopBackRow:
    with Link(home.link("lined"), "cli") as orders, Link(home.link("lined"), "cli") as ears:
        changes = ears.follow()
        next(changes)  # the snapshot: what was before
        orders.call(LinedApi.loop_back, name)
        for change in changes:
            if not isinstance(change, Event) or not isinstance(change.row, LoopBackRow):
                continue
            if change.row.id == name and change.name == "loopback.ended":
                return change.row
            if change.row.id == name and change.name == "loopback.removed":
                break
    raise Failure(f"line {name} was taken away during its test")


# -- running --------------------------------------------------------------------------------


def _run(home: Home, name: str, steps: tuple[LearningStep, ...]) -> LearningRow:
    """Run the wizard, and say how it goes."""
    with Link(home.link("lined"), "cli") as orders, Link(home.link("lined"), "cli") as ears:
        rows = _rows(ears, name)
        orders.call(LinedApi.begin_learning, name, steps)
        try:
            return _follow(rows)
        except KeyboardInterrupt:
            orders.call(LinedApi.cancel_learning, name)
            raise Failure(f"line {name} is not learned any more; nothing was changed") from None


def _rows(link: Link, name: str) -> Iterator[tuple[str, LearningRow]]:
    """The events about a line's learning, from now on."""
    changes = link.follow()
    next(changes)  # the snapshot: what was before
    return (
        (change.name, change.row)
        for change in changes
        if isinstance(change, Event)
        and isinstance(change.row, LearningRow)
        and change.row.id == name
    )


def _follow(rows: Iterator[tuple[str, LearningRow]]) -> LearningRow:
    for event, row in rows:
        if event == "learning.stepped":
            click.echo(ASKS[row.asks].format(number=row.number))
        elif event == "learning.observed" and row.step in row.faults:
            click.echo(f"  {FAULTS[row.faults[row.step]]}")
        elif event in {"learning.ended", "learning.removed"}:
            return row
    raise Failure("lined closed the link")


def _print(row: LearningRow) -> None:
    for step, fault in row.faults.items():
        click.echo(f"step {plain(step)}: {FAULTS.get(fault, fault)}")
    table(
        ("setting", "found", "now", "sure", "why"),
        [
            (SETTINGS[one.setting], one.value, one.now, _sure(one.confidence), reason(one))
            for one in row.proposals
        ],
    )


def _sure(confidence: float) -> str:
    return f"{confidence * 100:.0f} %"


def _asked(what: str) -> str:
    return str(click.prompt(f"{what} (Enter: skip)", default="", show_default=False))


# -- the site -------------------------------------------------------------------------------


def _accept(home: Home, name: str, chosen: Sequence[ProposalRow]) -> None:
    accepted = [
        Accepted(
            setting=one.setting,
            value=one.value,
            source=one.source,
            confidence=round(one.confidence, 2),
        )
        for one in chosen
    ]
    today = datetime.now().astimezone().date().isoformat()
    try:
        number = accept(home, name, accepted, author=getpass.getuser(), date=today)
    except (KeyError, ValueError) as error:
        raise Failure(str(error.args[0])) from error
    click.echo(f"configuration {number}: {', '.join(one.setting for one in accepted)}")
    for told in roll_out(home, number):
        if told.uptake in {Uptake.REFUSED, Uptake.BEHIND}:
            raise Failure(f"{told.daemon} did not take it up: {told.text}")


def _lines(home: Home) -> Sequence[Line]:
    _version, site = history.load_current(home)
    return [one for one in site.line if one.kind is LineKind.TRUNK]


def _named(home: Home, name: str) -> str:
    """The trunk line's name; a number counts them from 1."""
    names = [one.name for one in _lines(home)]
    if name in names:
        return name
    if name.isdecimal() and 1 <= int(name) <= len(names):
        return names[int(name) - 1]
    known = ", ".join(names) or "none"
    raise click.BadParameter(f"there is no trunk line {name}; there are {known}")


def _row(home: Home, name: str) -> LearningRow | None:
    try:
        with Link(home.link("lined"), "cli") as link:
            rows = link.snapshot().get("learning", ())
    except Refused as error:
        raise Failure(str(error)) from error
    found = [row for row in rows if isinstance(row, LearningRow) and row.id == name]
    return found[0] if found else None
