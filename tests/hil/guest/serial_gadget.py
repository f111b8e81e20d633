"""A USB device with one serial port of the standard class (CDC-ACM), as voice modems are: the
kernel's own ``acm`` function, which Debian's ``cdc_acm`` binds to on the host's side."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from tests.hil.guest.gadget import Identity, described

_AGAIN_S = 0.05


class SerialGadget:
    """One device, for as long as the guest runs; like ``Gadget``, its only interface is 0."""

    def __init__(self, identity: Identity, udc: str) -> None:
        self.hear: Callable[[int, bytes], object] = lambda *_: None
        self._udc = udc
        self._home = described(identity)
        function = self._home / "functions" / "acm.0"
        function.mkdir()
        (self._home / "configs/c.1/acm.0").symlink_to(function)
        self._path = Path(f"/dev/ttyGS{(function / 'port_num').read_text().strip()}")
        self._port = -1
        threading.Thread(target=self._serve, daemon=True).start()

    def plug(self) -> None:
        """Put it in."""
        (self._home / "UDC").write_text(self._udc)

    def unplug(self) -> None:
        """Draw it out."""
        (self._home / "UDC").write_text("\n")

    def send(self, interface: int, some: bytes) -> None:
        """To the host; dropped while the device is not plugged in."""
        with contextlib.suppress(OSError):
            os.write(self._port, some)

    def _serve(self) -> None:
        """The port hangs up whenever the device is drawn, and is opened again."""
        while True:
            with contextlib.suppress(OSError):
                self._port = os.open(self._path, os.O_RDWR | os.O_NOCTTY)
                tty.setraw(self._port)
                self._read()
            if self._port >= 0:
                os.close(self._port)
                self._port = -1
            time.sleep(_AGAIN_S)

    def _read(self) -> None:
        while some := os.read(self._port, 4096):
            self.hear(0, some)
