"""A rig file: which cards and modems the suite runs on, and how they are wired together.

TOML. ``[[loop]]`` is an FXO port whose socket is wired to the socket of an FXS port; either end
may be the one under test. ``[[modem]]`` is a mobile modem; ``partner`` names another one of the
file that plays the network's subscriber. See ``rigs/`` for examples with wiring advice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

QEMU_RIG = Path(__file__).parent / "rigs" / "qemu.toml"

_TOP = {"name", "card", "loop", "modem"}
_LOOP = ("fxo", "fxs")
_MODEM = ("model", "serial", "where", "number", "partner")
_MODELS = ("EC25", "SIM7600", "E1550")


class RigError(ValueError):
    """The rig file cannot be used: all that is wrong with it, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """An FXO port wired to an FXS port: paths of DAHDI channels."""

    fxo: str
    fxs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModemEntry:
    """A mobile modem. ``serial`` or ``where`` (the USB socket, "1-1.2") tells it from its like;
    ``number`` is its SIM's, ``partner`` the model and serial number of who calls it."""

    model: str
    serial: str = ""
    where: str = ""
    number: str = ""
    partner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What is wired where. ``card`` is "vline" for the virtual card, whose wires can be cut and
    whose modems are simulated; "" for metal."""

    name: str
    card: str
    loops: tuple[Loop, ...]
    modems: tuple[ModemEntry, ...]


def load(path: Path) -> Rig:
    """The rig in the file at ``path``.

    Raises:
        RigError: it cannot be read, or is no rig; every fault is named with what to do.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RigError(f"{path}: {error.strerror}; see tests/hil/rigs for examples") from error
    except tomllib.TOMLDecodeError as error:
        raise RigError(f"{path} is no TOML: {error}") from error
    faults = _faults(written)
    if faults:
        raise RigError("\n".join(f"{path}: {fault}" for fault in faults))
    return Rig(
        name=written["name"],
        card=written.get("card", ""),
        loops=tuple(Loop(**entry) for entry in written.get("loop", ())),
        modems=tuple(ModemEntry(**entry) for entry in written.get("modem", ())),
    )


def _faults(written: dict[str, Any]) -> list[str]:
    faults = [f"there is no {key!r} in a rig; it has {_and(_TOP)}" for key in set(written) - _TOP]
    if not isinstance(written.get("name"), str):
        faults.append("it needs a name, such as name = 'office cellar'")
    if written.get("card", "") not in ("", "vline"):
        faults.append(f"card = {written['card']!r}: 'vline' is the only card known by name")
    for number, entry in enumerate(written.get("loop", ()), 1):
        faults += _loop_faults(f"loop {number}", entry)
    for number, entry in enumerate(written.get("modem", ()), 1):
        faults += _modem_faults(f"modem {number}", entry)
    if not written.get("loop") and not written.get("modem"):
        faults.append("it names neither a [[loop]] nor a [[modem]]: there is nothing to test")
    return faults + _twice(written)


def _loop_faults(where: str, entry: dict[str, Any]) -> list[str]:
    faults = _odd_keys(where, entry, _LOOP)
    for key in ("fxo", "fxs"):
        if not str(entry.get(key, "")).startswith("/dev/dahdi/"):
            faults.append(f"{where}: {key} must be a DAHDI channel, such as {key} = '/dev/dahdi/1'")
    return faults


def _modem_faults(where: str, entry: dict[str, Any]) -> list[str]:
    faults = _odd_keys(where, entry, _MODEM)
    if entry.get("model") not in _MODELS:
        faults.append(f"{where}: model = {entry.get('model')!r}; it is one of {_and(_MODELS)}")
    if entry.get("partner") and not entry.get("number"):
        faults.append(f"{where}: its partner must know which number to call: number = '+98...'")
    return faults


def _odd_keys(where: str, entry: dict[str, Any], known: Iterable[str]) -> list[str]:
    faults = [f"{where}: no {key!r}; it has {_and(known)}" for key in set(entry) - set(known)]
    faults += [
        f"{where}: {key} = {entry[key]!r} must be in quotes"
        for key in known
        if key in entry and not isinstance(entry[key], str)
    ]
    return faults


def _twice(written: dict[str, Any]) -> list[str]:
    ends = [entry.get(key) for entry in written.get("loop", ()) for key in ("fxo", "fxs")]
    return [f"{end} is wired twice" for end in sorted({e for e in ends if e and ends.count(e) > 1})]


def _and(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
