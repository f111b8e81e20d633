"""Where the modem of each line is plugged in: known by its serial number or IMEI, whatever
number its ports got at this boot.

Asked by the threads that open modems, one at a time; told in the daemon's, where each change
replaces a whole tuple or sets one key.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hw.hotplug.port import Plugged, Unplugged, UsbPort
from hw.modem.dialect import interfaces
from hw.modem.port import ModemLost

log = logging.getLogger(__name__)

KINDS = ("serial", "imei", "usb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The ports of a modem. ``where`` is its socket on USB, "" when that is not known."""

    at: str
    audio: str
    where: str
    imei: str = ""  # what it must turn out to be


@dataclass(frozen=True, slots=True, kw_only=True)
class _Modem:
    where: str
    serial: str
    at: str
    audio: str


class Whereabouts:
    """All modems on USB. ``ports`` gives the serial ports that are there now."""

    def __init__(self, ports: Callable[[], tuple[UsbPort, ...]]) -> None:
        self._ports = ports
        self._modems = _modems(ports())
        self._imeis: dict[str, str] = {}  # place to IMEI, as the modems there said
        self._asked = 0
        self._asking = threading.Lock()
        self.held: dict[str, str] = {}  # line to the place of the modem it has

    def on_hotplug(self, event: Plugged | Unplugged) -> None:
        """A port came or went."""
        port = event.port
        what = f"{port.vendor}:{port.product} serial {port.serial or 'none'}"
        if isinstance(event, Plugged):
            log.info("USB %s: %s plugged (%s)", port.where, port.device, what)
        else:
            log.info("USB %s: %s unplugged (%s)", port.where, port.device, what)
            self._imeis.pop(port.where, None)
        self._modems = _modems(self._ports())

    def find(self, line: str, device: str) -> Found:
        """The modem that the configuration means by ``device``: "serial:…", "imei:…", "usb:1-1.2",
        or the path of its command port in /dev/serial/by-id.

        Raises:
            ModemLost: it is not there, or it is not clear which one is meant.
        """
        if device.partition(":")[0] not in KINDS:
            return by_path(device)
        with self._asking:  # or two lines would be given the same modem
            return self._find(line, device)

    def _find(self, line: str, device: str) -> Found:
        kind, _, value = device.partition(":")
        if kind == "imei":
            modem = self._by_imei(line, value)
        elif kind == "serial":
            modem = self._only(device, [m for m in self._modems if m.serial == value])
        else:
            modem = self._only(device, [m for m in self._modems if m.where == value])
        self.held[line] = modem.where
        return Found(
            at=modem.at,
            audio=modem.audio,
            where=modem.where,
            imei=value if kind == "imei" else "",
        )

    def find_single(self, line: str, device: str) -> Found:
        """A modem that has one port (a voice modem): "serial:…", "usb:1-1.2", or its
        path in /dev/serial/by-id.

        Raises:
            ModemLost: it is not there, or it is not clear which one is meant.
        """
        kind, _, value = device.partition(":")
        if kind not in KINDS:
            return Found(at=device, audio="", where="")
        found = {
            port.where: port
            for port in sorted(self._ports(), key=lambda port: -port.interface)
            if value in ((port.where,) if kind == "usb" else (port.serial,))
        }
        if len(found) != 1:
            there = ", ".join(f"usb:{where} serial:{p.serial or '?'}" for where, p in found.items())
            raise ModemLost(f"no modem is {device} alone; found: {there or 'none'}")
        (port,) = found.values()
        self.held[line] = port.where
        return Found(at=port.device, audio="", where=port.where)

    def learned(self, where: str, imei: str) -> None:
        """The modem at ``where`` says which one it is; "": it has no number."""
        if where and imei:
            self._imeis[where] = imei

    def _only(self, device: str, found: list[_Modem]) -> _Modem:
        if len(found) == 1:
            return found[0]
        if found:
            places = ", ".join(modem.where for modem in found)
            raise ModemLost(
                f"{len(found)} modems are {device} (USB {places}): their maker gave them the same "
                "serial number; name yours by imei: or usb:"
            )
        raise ModemLost(f"no modem {device} is plugged in; {self._there()}")

    def _by_imei(self, line: str, imei: str) -> _Modem:
        """The one that said so before; else the next that has not been asked, and is no other
        line's."""
        for modem in self._modems:
            if self._imeis.get(modem.where) == imei:
                return modem
        others = {where for name, where in self.held.items() if name != line}
        unasked = [m for m in self._modems if m.where not in self._imeis and m.where not in others]
        if not unasked:
            raise ModemLost(f"no modem with IMEI {imei} is plugged in; {self._there()}")
        self._asked += 1
        return unasked[self._asked % len(unasked)]

    def _there(self) -> str:
        if not self._modems:
            return "no modem that this release knows is there"
        shown = (
            f"serial:{m.serial or '?'} imei:{self._imeis.get(m.where, '?')} usb:{m.where}"
            for m in self._modems
        )
        return "there are " + "; ".join(shown)


def by_path(device: str) -> Found:
    """The ports of the modem whose command port is ``device``, a link of /dev/serial/by-id.

    Raises:
        ModemLost: the name does not say which interface it is.
    """
    for at, audio in ((2, 1), (3, 2), (4, 3)):
        head, found, tail = device.rpartition(f"-if{at:02d}-")
        if found and "SimTech" in head:
            return Found(at=device, audio=f"{head}-if04-{tail}", where="")
        if found:
            return Found(at=device, audio=f"{head}-if{audio:02d}-{tail}", where="")
    raise ModemLost(
        f"{device}: name the modem by serial:, imei: or usb:, or give its command port as it "
        "stands in /dev/serial/by-id, which ends in -if02-port0"
    )


def _modems(ports: Iterable[UsbPort]) -> tuple[_Modem, ...]:
    """The modems whose command and audio ports are both there."""
    by_place: dict[str, dict[int, UsbPort]] = {}
    for port in ports:
        by_place.setdefault(port.where, {})[port.interface] = port
    found = []
    for where, there in sorted(by_place.items()):
        any_port = next(iter(there.values()))
        wanted = interfaces(any_port.vendor, any_port.product)
        if wanted is not None and wanted[0] in there and wanted[1] in there:
            at, audio = (there[number].device for number in wanted)
            found.append(_Modem(where=where, serial=any_port.serial, at=at, audio=audio))
    return tuple(found)
