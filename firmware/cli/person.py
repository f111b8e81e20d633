"""Commands for what people have set: do-not-disturb, forwards, follow-me, speed dials, where they
sit, when they are woken."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import click

from firmware.cli.failure import Failure
from firmware.cli.live import json_option
from firmware.cli.output import as_json, moment, table
from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link
from firmware.link.rows import FollowRow, PersonRow
from firmware.model.personal import DEFAULT_NO_ANSWER_S, ForwardKind

_switch = click.Choice(["on", "off"])


_STORED_TIMEOUT_S, _LOOK_S = 5.0, 0.05


@contextlib.contextmanager
def _changing(home: Home) -> Iterator[Link]:
    """A link to change something by; at the end it is on the disk, or a warning is given."""
    with Link(home.link("switchd"), "cli") as link:
        yield link
        end = time.monotonic() + _STORED_TIMEOUT_S
        while not link.call(SwitchApi.settings_stored):
            if time.monotonic() > end:
                click.echo(
                    "It counts, but the box cannot store it now: see markaz status", err=True
                )
                return
            time.sleep(_LOOK_S)


@click.group()
def person() -> None:
    """People: what they have set for the calls that come to them."""


@person.command()
@click.argument("number", required=False)
@json_option
@click.pass_obj
def show(home: Home, number: str | None, json_wanted: bool) -> None:
    """Everybody, or the person of extension NUMBER."""
    with Link(home.link("switchd"), "cli") as link:
        everybody = link.snapshot().get("person", ())
    rows = [r for r in everybody if isinstance(r, PersonRow) and number in (None, r.id)]
    if number is not None and not rows:
        raise Failure(f"there is no extension {number}")
    rows.sort(key=lambda row: row.id)
    if json_wanted:
        as_json(rows)
        return
    head = ("number", "name", "dnd", "waiting", "forwards", "follow me", "at", "speed", "woken")
    table(head, [_cells(row) for row in rows])


def _cells(row: PersonRow) -> tuple[object, ...]:
    steps = ", ".join(f"{step.number} after {step.delay_s:g} s" for step in row.follow_steps)
    return (
        row.id,
        row.name,
        row.dnd,
        row.call_waiting,
        ", ".join(f"{kind} to {to}" for kind, to in row.forwards.items()),
        f"{'on' if row.follow_me else 'off'}: {steps}" if steps else "",
        row.at,
        ", ".join(f"{slot}={to}" for slot, to in sorted(row.speed_dials.items())),
        ", ".join(moment(at) for at in row.wake_ups),
    )


@person.command()
@click.argument("number")
@click.argument("state", type=_switch)
@click.pass_obj
def dnd(home: Home, number: str, state: str) -> None:
    """Do not disturb: no call rings."""
    with _changing(home) as link:
        link.call(SwitchApi.set_do_not_disturb, number, state == "on")


@person.command("call-waiting")
@click.argument("number")
@click.argument("state", type=_switch)
@click.pass_obj
def call_waiting(home: Home, number: str, state: str) -> None:
    """Whether a second call rings while they are in one."""
    with _changing(home) as link:
        link.call(SwitchApi.set_call_waiting, number, state == "on")


@person.command()
@click.argument("number")
@click.argument("kind", metavar="KIND", type=click.Choice([str(kind) for kind in ForwardKind]))
@click.argument("to", required=False, default="")
@click.option("--after", "after_s", default=DEFAULT_NO_ANSWER_S, help="Seconds it rings first.")
@click.pass_obj
def forward(home: Home, *, number: str, kind: str, to: str, after_s: float) -> None:
    """Lead calls to a number or a destination; without one, end it.

    KIND is always, busy, no_answer or unreachable.
    """
    with _changing(home) as link:
        link.call(SwitchApi.set_forward, number=number, kind=kind, to=to, after_s=after_s)


@person.command("follow-me")
@click.argument("number")
@click.argument("state", type=_switch)
@click.option("--to", "steps", multiple=True, help="A number, or NUMBER:SECONDS it begins later.")
@click.pass_obj
def follow_me(home: Home, number: str, state: str, steps: tuple[str, ...]) -> None:
    """Whether other numbers ring with the telephone, and which."""
    with _changing(home) as link:
        if steps:
            link.call(SwitchApi.set_follow_steps, number, tuple(map(_step, steps)))
        link.call(SwitchApi.set_follow_me, number, state == "on")


def _step(text: str) -> FollowRow:
    number, _, delay = text.partition(":")
    try:
        return FollowRow(number=number, delay_s=float(delay or 0.0))
    except ValueError:
        raise click.BadParameter(f"'{text}': write NUMBER or NUMBER:SECONDS") from None


@person.command("speed-dial")
@click.argument("number")
@click.argument("slot")
@click.argument("to", required=False, default="")
@click.pass_obj
def speed_dial(home: Home, number: str, slot: str, to: str) -> None:
    """Put a number into a slot (0 to 99); without one, empty it."""
    with _changing(home) as link:
        link.call(SwitchApi.set_speed_dial, number, slot, to)


@person.command("log-in")
@click.argument("number")
@click.argument("telephone")
@click.pass_obj
def log_in(home: Home, number: str, telephone: str) -> None:
    """Hot desk: let the person use the telephone of another extension."""
    with _changing(home) as link:
        link.call(SwitchApi.log_in_at, number, telephone)


@person.command("log-out")
@click.argument("telephone")
@click.pass_obj
def log_out(home: Home, telephone: str) -> None:
    """Hot desk: whoever uses this extension's telephone is back at their own."""
    with _changing(home) as link:
        link.call(SwitchApi.log_out_of, telephone)


@person.command("wake-up")
@click.argument("number")
@click.argument("at", required=False)
@click.pass_obj
def wake_up(home: Home, number: str, at: str | None) -> None:
    """Call the person at a time, as in 0630; without one, call them no longer."""
    with _changing(home) as link:
        if at is None:
            click.echo(f"{link.call(SwitchApi.cancel_wake_ups, number)} cancelled")
        else:
            click.echo(moment(link.call(SwitchApi.set_wake_up, number, at)))
