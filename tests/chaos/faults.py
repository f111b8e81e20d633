"""The faults: each does something to a running box, and undoes it when that is not the box's."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from firmware.link.api import BenchApi, DevicedApi
from firmware.link.bench import LeverRow
from firmware.link.client import LinkDown, Refused
from tests.chaos.outside import Outside
from tests.rig.bad_disk import BadDisk
from tests.rig.box import WholeBox

OURS = (
    *("edge", "lined", "recorder", "outbox", "provision"),
    *("deviced", "diagnosis", "web", "bench"),
)

KILLED = ("kamailio", "switchd", *OURS)

FELT = frozenset({"switchd"})
"""Whose death a call between SIP telephones feels. Kamailio's it does not: its audio goes past."""

LINES = ("fxo-1", "fxo-2", "gsm-1")

TAKEN_AWAY = frozenset({"wire", "network", "modem"})
"""Kinds of levers: what they take away, a line then lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What there is to do harm to. No disk where none can be mounted."""

    box: WholeBox
    outside: Outside
    disk: BadDisk | None


@dataclass(slots=True, kw_only=True)
class Fault:
    """What was done. ``killed`` has the processes that were, by program; ``cuts_internet``: the
    box must notice that there is none."""

    words: str
    cuts_internet: bool = False
    killed: Mapping[str, int] = field(default_factory=dict)
    undo: Callable[[], None] = lambda: None

    @property
    def is_harmless(self) -> bool:
        """Whether a call between SIP telephones must go on."""
        return not FELT & set(self.killed)


def kill_one(world: World, dice: random.Random) -> Fault:
    """A process dies."""
    return _kill(world.box, (dice.choice(KILLED),))


def kill_two(world: World, dice: random.Random) -> Fault:
    """Two die in the same moment."""
    return _kill(world.box, tuple(dice.sample(KILLED, 2)))


def hang(world: World, dice: random.Random) -> Fault:
    """A process does nothing for as long as the round lasts, and then goes on."""
    name = dice.choice(OURS)
    pids = [world.box.pids()[name]] if name in world.box.pids() else []

    def send(number: signal.Signals) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    send(signal.SIGSTOP)
    return Fault(words=f"{name} hangs", undo=lambda: send(signal.SIGCONT))


def take_away(world: World, dice: random.Random) -> Fault:
    """A wire is cut, a SIM loses its network, a modem is pulled out."""
    levers: list[str] = []
    with suppress(LinkDown, Refused), world.box.link("bench") as link:
        rows = link.snapshot().get("lever", ())
        levers += [r.id for r in rows if isinstance(r, LeverRow) and r.kind in TAKEN_AWAY]
    lever = dice.choice(sorted(levers)) if levers else ""

    def throw(pulled: bool) -> None:
        _bench(world.box, lambda link: link.call(BenchApi.throw, lever=lever, pulled=pulled))

    throw(pulled=True)
    return Fault(words=f"{lever} is taken away", undo=lambda: throw(pulled=False))


def far_end(world: World, dice: random.Random) -> Fault:
    """Whoever is on a line hangs up."""
    line = dice.choice(LINES)
    _bench(world.box, lambda link: link.call(BenchApi.hang_up, line=line))
    return Fault(words=f"the far end of {line} hangs up")


def deafen(world: World, _dice: random.Random) -> Fault:
    """The provider, and all that is on the way to it, swallows everything."""
    world.outside.provider.deaf = True

    def undo() -> None:
        world.outside.provider.deaf = False

    return Fault(words="the provider is black-holed", undo=undo)


def black_hole(world: World, dice: random.Random) -> Fault:
    """The whole internet swallows everything, its name servers too."""
    outside = world.outside
    if not outside.has_internet:
        return deafen(world, dice)
    outside.cut()
    return Fault(words="the internet is black-holed", cuts_internet=True, undo=outside.mend)


def cut_mains(world: World, _dice: random.Random) -> Fault:
    """The office has no power; the box is on its battery."""

    def order(what: Callable[..., None]) -> None:
        with suppress(LinkDown, Refused), world.box.link("deviced") as link:
            link.call(what)

    order(DevicedApi.cut_mains)
    return Fault(words="the mains are cut", undo=lambda: order(DevicedApi.restore_mains))


def bad_disk(world: World, dice: random.Random) -> Fault:
    """The disk is full, or slow, or gone for two seconds."""
    disk = world.disk
    if disk is None:
        return deafen(world, dice)
    harm: Mapping[str, Callable[[], None]] = {
        "is full": lambda: disk.behave(is_full=True),
        "is slow": lambda: disk.behave(write_s=0.1),
        "stalls": lambda: disk.stall(2.0),
    }
    words = dice.choice(sorted(harm))
    harm[words]()
    return Fault(words=f"the disk {words}", undo=disk.behave)


FAULTS = (
    *(kill_one, kill_one, kill_two, hang),
    *(take_away, far_end, deafen, black_hole, cut_mains, bad_disk),
)


def _kill(box: WholeBox, programs: tuple[str, ...]) -> Fault:
    pids = box.pids()
    killed = {name: pids[name] for name in programs if name in pids}
    for pid in killed.values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return Fault(words=f"killed {' and '.join(sorted(killed))}", killed=killed)


def _bench(box: WholeBox, order: Callable[..., None]) -> None:
    """The world outside may itself be away, or see nothing to do."""
    with suppress(LinkDown, Refused), box.link("bench") as link:
        order(link)
