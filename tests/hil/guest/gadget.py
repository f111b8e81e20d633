"""A USB device made of software, in the guest: interfaces with a bulk pipe each way.

The kernel's ``dummy_hcd`` is a USB whose two sides are both in this machine; FunctionFS lets a
program be the device. The host's side is all real: Debian's ``option`` driver binds to it, udev
names its ports.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import struct
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_GADGETS = Path("/sys/kernel/config/usb_gadget")
_MAGIC_V2, _STRINGS_MAGIC, _FULL_AND_HIGH_SPEED = 3, 2, 1 | 2
_ENABLE, _SETUP = 2, 4
_QUEUED = 256  # pieces that wait for a host that does not read; more are dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the device says it is. ``interfaces`` has each one's class, subclass, protocol; those
    numbered in ``mute`` have no pipes: ``dummy_hcd`` has endpoints for four pairs."""

    name: str
    vendor: str
    product: str
    maker: str
    model: str
    serial: str
    interfaces: tuple[tuple[int, int, int], ...]
    mute: frozenset[int] = frozenset()


def described(one: Identity) -> Path:
    """The kernel's folder of a device that says this of itself and has no functions yet."""
    home = _GADGETS / one.name
    home.mkdir()
    for name, value in {
        "idVendor": f"0x{one.vendor}",
        "idProduct": f"0x{one.product}",
        "bcdDevice": "0x0318",
    }.items():
        (home / name).write_text(value)
    strings = home / "strings/0x409"
    strings.mkdir(parents=True)
    (strings / "manufacturer").write_text(one.maker)
    (strings / "product").write_text(one.model)
    (strings / "serialnumber").write_text(one.serial)
    (home / "configs/c.1/strings/0x409").mkdir(parents=True)
    return home


class Gadget:
    """One device, on the controller ``udc`` ("dummy_udc.0"), for as long as the guest runs.
    ``hear(interface, some)`` is called in threads of its own with what the host sent."""

    def __init__(self, identity: Identity, udc: str) -> None:
        self._identity = identity
        self._udc = udc
        self.hear: Callable[[int, bytes], object] = lambda *_: None
        self._home = described(identity)
        self._function = self._home / "functions" / f"ffs.{identity.name}"
        self._mount = Path("/dev") / f"ffs-{identity.name}"
        self._pipes: dict[int, _Pipe] = {}
        self._piped = [n for n in range(len(identity.interfaces)) if n not in identity.mute]
        self._mount_function()
        self._control = os.open(self._mount / "ep0", os.O_RDWR)
        self._write_descriptors()
        (self._home / "configs/c.1" / self._function.name).symlink_to(self._function)
        threading.Thread(target=self._serve, daemon=True).start()

    def plug(self) -> None:
        """Put it in."""
        (self._home / "UDC").write_text(self._udc)

    def unplug(self) -> None:
        """Draw it out."""
        (self._home / "UDC").write_text("\n")
        for pipe in self._pipes.values():
            pipe.stop()
        self._pipes = {}

    def send(self, interface: int, some: bytes) -> None:
        """To the host; dropped while the host does not read, or is not there."""
        if (pipe := self._pipes.get(interface)) is not None:
            pipe.send(some)

    def _heard(self, interface: int, some: bytes) -> None:
        self.hear(interface, some)

    def _mount_function(self) -> None:
        self._function.mkdir()
        self._mount.mkdir(exist_ok=True)
        mount = ["/bin/busybox", "mount", "-t", "functionfs", self._home.name, str(self._mount)]
        subprocess.run(mount, check=True)

    def _write_descriptors(self) -> None:
        full, high = self._descriptors(64), self._descriptors(512)
        count = len(self._identity.interfaces) + 2 * len(self._piped)
        body = struct.pack("<II", count, count) + full + high
        head = struct.pack("<III", _MAGIC_V2, 12 + len(body), _FULL_AND_HIGH_SPEED)
        os.write(self._control, head + body)
        os.write(self._control, struct.pack("<IIII", _STRINGS_MAGIC, 16, 0, 0))

    def _descriptors(self, packet_bytes: int) -> bytes:
        made = b""
        for number, (kind, subkind, protocol) in enumerate(self._identity.interfaces):
            piped = number in self._piped
            made += struct.pack("<9B", 9, 4, number, 0, 2 * piped, kind, subkind, protocol, 0)
            place = self._piped.index(number) if piped else 0
            for address in (0x80 | 2 * place + 1, 2 * place + 2) if piped else ():
                made += struct.pack("<BBBBHB", 7, 5, address, 2, packet_bytes, 0)
        return made

    def _serve(self) -> None:
        """The control pipe: the host enables us, and sets line states that nobody minds.

        It is polled before it is read: a read that waits holds FunctionFS's lock (6.1), and
        unplugging would wait for that lock for ever.
        """
        control = select.poll()
        control.register(self._control, select.POLLIN)
        while True:
            try:
                control.poll()
                event = os.read(self._control, 12)
            except OSError:
                return
            if event[8] == _ENABLE:
                for pipe in self._pipes.values():  # the host lost us without our being drawn out
                    pipe.stop()
                self._pipes = {
                    number: _Pipe(self._mount, place, number, self._heard)
                    for place, number in enumerate(self._piped)
                }
            elif event[8] == _SETUP:
                request, _, _, _, length = struct.unpack("<BBHHH", event[:8])
                with contextlib.suppress(OSError):
                    if request & 0x80:
                        os.write(self._control, bytes(length))
                    else:
                        os.read(self._control, length)


class _Pipe:
    """One interface's two endpoints, a thread each: FunctionFS knows no waiting for both.
    ``place`` counts the interfaces that have some."""

    def __init__(
        self, mount: Path, place: int, number: int, hear: Callable[[int, bytes], object]
    ) -> None:
        self._number = number
        self._hear = hear
        self._in = os.open(mount / f"ep{2 * place + 1}", os.O_RDWR)
        self._out = os.open(mount / f"ep{2 * place + 2}", os.O_RDWR)
        self._to_send: queue.Queue[bytes | None] = queue.Queue(_QUEUED)
        for work in (self._read, self._write):
            threading.Thread(target=work, daemon=True).start()

    def send(self, some: bytes) -> None:
        """Queue it."""
        with contextlib.suppress(queue.Full):
            self._to_send.put_nowait(some)

    def stop(self) -> None:
        """The device was drawn: both threads find their endpoint shut."""
        with contextlib.suppress(queue.Full):
            self._to_send.put_nowait(None)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                if some := os.read(self._out, 512):
                    self._hear(self._number, some)
        os.close(self._out)

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while (some := self._to_send.get()) is not None:
                os.write(self._in, some)
        os.close(self._in)
