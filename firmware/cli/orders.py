"""Commands that tell the exchange to do something, and those for the simulated world outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from firmware.config.home import Home
from firmware.link.api import BenchApi, SwitchApi
from firmware.link.client import Link

P = ParamSpec("P")

_wav = click.Path(dir_okay=False, path_type=Path)


def tell(
    home: Home,
    daemon: str,
    order: Callable[Concatenate[Any, P], None],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Give a daemon an order: a function of its API that answers nothing.

    Raises:
        Refused: it said no.
        LinkDown: it is not there.
    """
    with Link(home.link(daemon), "cli") as link:
        link.call(order, *args, **kwargs)


@click.command("hang-up")
@click.argument("call_id", metavar="CALL")
@click.pass_obj
def hang_up(home: Home, call_id: str) -> None:
    """End a call: all its legs."""
    tell(home, "switchd", SwitchApi.hang_up, call_id)


@click.group()
def agent() -> None:
    """Agents: in their queues and out."""


@agent.command("log-in")
@click.argument("number")
@click.pass_obj
def log_in(home: Home, number: str) -> None:
    """Make the agent with this extension NUMBER available in their queues."""
    tell(home, "switchd", SwitchApi.log_in, number)


@agent.command("log-out")
@click.argument("number")
@click.pass_obj
def log_out(home: Home, number: str) -> None:
    """Take the agent out of their queues once their call is over."""
    tell(home, "switchd", SwitchApi.log_out, number)


@click.group()
def bench() -> None:
    """The simulated world outside: central office, telephones, mobile network."""


_say = click.option("--say", type=_wav, help="WAV (8 kHz mono 16 bit) the far party plays.")
_listen = click.option("--listen", type=_wav, help="WAV to record what the far party hears.")


@bench.command()
@click.argument("line")
@click.option("--from", "number", default="", help="The caller's number.")
@click.option("--name", default="", help="The caller's name.")
@click.option("--digits", default="", help="Keys the caller presses after the greeting.")
@_say
@_listen
@click.pass_obj
def ring(
    home: Home,
    *,
    line: str,
    number: str,
    name: str,
    digits: str,
    say: Path | None,
    listen: Path | None,
) -> None:
    """Call the box on a trunk line or a SIM."""
    tell(
        home,
        "bench",
        BenchApi.ring,
        line=line,
        number=number,
        name=name,
        digits=digits,
        say=_read_path(say),
        listen=_path(listen),
    )


@bench.command()
@click.argument("line")
@click.option("--digits", default="", help="Keys dialled after dial tone.")
@_say
@_listen
@click.pass_obj
def lift(home: Home, *, line: str, digits: str, say: Path | None, listen: Path | None) -> None:
    """Lift the handset of the telephone on a station line."""
    tell(
        home,
        "bench",
        BenchApi.lift,
        line=line,
        digits=digits,
        say=_read_path(say),
        listen=_path(listen),
    )


@bench.command()
@click.argument("line")
@click.option("--digits", default="", help="Keys dialled after dial tone.")
@click.pass_obj
def flash(home: Home, line: str, digits: str) -> None:
    """Press the hook of the telephone on a station line for half a second."""
    tell(home, "bench", BenchApi.flash, line, digits)


@bench.command("hang-up")
@click.argument("line")
@click.pass_obj
def far_hang_up(home: Home, line: str) -> None:
    """The far party hangs up."""
    tell(home, "bench", BenchApi.hang_up, line)


@bench.command()
@click.argument("line")
@click.pass_obj
def cut(home: Home, line: str) -> None:
    """Cut the wire, or take the SIM's network away."""
    tell(home, "bench", BenchApi.cut, line)


@bench.command()
@click.argument("line")
@click.pass_obj
def mend(home: Home, line: str) -> None:
    """Join the wire again."""
    tell(home, "bench", BenchApi.mend, line)


@bench.command()
@click.argument("line")
@click.argument("name")
@click.option("--ring", "ring_s", default=12.0, help="Subscribers answer after so many seconds.")
@click.option("--talk", "talk_s", default=0.0, help="They hang up so many seconds later; 0: no.")
@click.pass_obj
def exchange(home: Home, *, line: str, name: str, ring_s: float, talk_s: float) -> None:
    """Put another simulated exchange behind a trunk line: us, uk, de, fr, ..."""
    tell(home, "bench", BenchApi.exchange, line=line, name=name, ring_s=ring_s, talk_s=talk_s)


@bench.command()
@click.argument("line")
@click.argument("text")
@click.option("--from", "number", required=True, help="The sender: a number, or letters.")
@click.pass_obj
def text(home: Home, *, line: str, text: str, number: str) -> None:
    """Send a short message to a SIM."""
    tell(home, "bench", BenchApi.text, line=line, number=number, text=text)


def _path(path: Path | None) -> str:
    """Absolute, because the daemon stands in another folder."""
    return "" if path is None else str(path.resolve())


def _read_path(path: Path | None) -> str:
    if path is not None and not path.exists():
        raise click.BadParameter(f"there is no file {path}", param_hint="--say")
    return _path(path)
