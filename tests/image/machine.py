"""A machine in QEMU that starts from the built disk, as metal would.

No processor features are shared with the host (software emulation): what is slow here is quick
on metal, and what works here does not depend on this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.rig.until import TooLate

ROOT = Path(__file__).parents[2]
_ANSWER_S = 60.0
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of machine: what runs it, and the firmware it starts from.

    ``variables`` is where the firmware keeps its settings, None for one that keeps none.
    """

    program: str
    words: Sequence[str]
    code: Path
    variables: Path | None
    serial: str
    """The kernel's name of its serial line."""


KINDS = {
    "x86": Kind(
        program="qemu-system-x86_64",
        words=("-machine", "q35", "-cpu", "max"),
        code=Path("/usr/share/OVMF/OVMF_CODE_4M.fd"),
        variables=Path("/usr/share/OVMF/OVMF_VARS_4M.fd"),
        serial="ttyS0",
    ),
    # No Raspberry Pi: QEMU has no Pi 4 with a network. U-Boot is of the same source as the Pi's.
    "rpi": Kind(
        program="qemu-system-aarch64",
        words=("-machine", "virt", "-cpu", "cortex-a72"),
        code=Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin"),
        variables=None,
        serial="ttyAMA0",
    ),
}


def built(board: str) -> Path:
    """The disk that ``make image BOARD=...`` makes."""
    return ROOT / "build" / "image" / board / f"markaz-{board}.img"


@dataclass(slots=True)
class Machine:
    """One machine with a disk of its own, a copy of ``image`` that grows to ``disk_mb``.

    ``cable`` is the interface its network card is plugged into (``tests.image.net``), "" for a
    network of its own. ``words`` are further ones for QEMU. A context manager: switched on
    inside, and the plug is pulled at its end.
    """

    board: str
    image: Path
    folder: Path
    disk_mb: int = 4096
    memory_mb: int = 1536
    cable: str = ""
    words: Sequence[str] = ()
    started_s: float = 0.0
    """When it was switched on, monotonic seconds."""
    _written: bytearray = field(default_factory=bytearray)
    _guest: subprocess.Popen[bytes] | None = None
    _reader: threading.Thread | None = None

    @property
    def disk(self) -> Path:
        return self.folder / "disk.img"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.disk.exists():
            subprocess.run(["cp", "--sparse=always", self.image, self.disk], check=True)
            with self.disk.open("r+b") as file:
                if file.seek(0, os.SEEK_END) > self.disk_mb * 1024 * 1024:
                    raise ValueError(f"{self.image} does not fit into {self.disk_mb} MiB")
                file.truncate(self.disk_mb * 1024 * 1024)
        self.switch_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pull_the_plug()

    def switch_on(self) -> None:
        """Start it from its disk."""
        self._written.clear()
        self.started_s = time.monotonic()
        self._guest = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *self.command()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, args=(self._guest,))
        self._reader.start()

    def command(self) -> list[str]:
        """QEMU's words."""
        kind = KINDS[self.board]
        # Through QEMU's own network addresses in SIP and SDP would not be the other side's.
        net = f"tap,ifname={self.cable},script=no,downscript=no" if self.cable else "user"
        return [
            *(kind.program, *kind.words, "-accel", "tcg,thread=multi", "-smp", "2"),
            *("-m", str(self.memory_mb), "-nodefaults", "-display", "none"),
            *("-serial", "stdio", "-monitor", "none"),
            *self._firmware(kind),
            *("-drive", f"if=none,id=disk,file={self.disk},format=raw,discard=unmap"),
            *("-device", "virtio-blk-pci,drive=disk,bootindex=0"),
            *("-netdev", f"{net},id=office"),
            *("-device", "virtio-net-pci,netdev=office", "-device", "virtio-rng-pci"),
            *("-device", "qemu-xhci,id=usb", "-qmp", f"unix:{self._monitor},server=on,wait=off"),
            *self.words,
        ]

    def _firmware(self, kind: Kind) -> list[str]:
        """QEMU's words for it; its settings are this machine's own."""
        if kind.variables is None:
            return ["-bios", str(kind.code)]
        variables = self.folder / "variables.fd"
        if not variables.exists():
            shutil.copy(kind.variables, variables)
        return [
            *("-drive", f"if=pflash,format=raw,readonly=on,file={kind.code}"),
            *("-drive", f"if=pflash,format=raw,file={variables}"),
        ]

    def plug_in(self, stick: Path) -> None:
        """A USB stick, an image of one, into the machine while it runs."""
        file = {"driver": "file", "filename": str(stick), "read-only": True}
        drive = {"driver": "raw", "node-name": stick.stem, "read-only": True, "file": file}
        device = {"driver": "usb-storage", "id": stick.stem, "drive": stick.stem, "bus": "usb.0"}
        self._tell(("blockdev-add", drive), ("device_add", device))

    def draw_out(self, stick: Path) -> None:
        """It again."""
        self._tell(("device_del", {"id": stick.stem}))

    @property
    def _monitor(self) -> Path:
        return self.folder / "monitor"

    def _tell(self, *orders: tuple[str, Mapping[str, object]]) -> None:
        """Orders to QEMU (its QMP; every answer is a line)."""
        with socket.socket(socket.AF_UNIX) as spoken:
            spoken.settimeout(_ANSWER_S)
            spoken.connect(str(self._monitor))
            with spoken.makefile("r") as heard:
                for name, words in (("qmp_capabilities", {}), *orders):
                    spoken.sendall(json.dumps({"execute": name, "arguments": words}).encode())
                    while "return" not in (answer := json.loads(heard.readline())):
                        if "error" in answer:
                            raise ValueError(f"QEMU does not {name}: {answer['error']['desc']}")

    def pull_the_plug(self) -> None:
        """No program in it gets another instruction."""
        if self._guest is None or self._reader is None:
            return
        self._guest.kill()
        self._guest.wait()
        self._reader.join()
        assert self._guest.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._guest.stdin.close()

    @property
    def is_on(self) -> bool:
        """Whether it runs; one that switched itself off does not."""
        return self._guest is not None and self._guest.poll() is None

    def wait_off(self, timeout_s: float) -> None:
        """Until it has switched itself off."""
        assert self._guest is not None
        self._guest.wait(timeout_s)

    # -- its serial line --------------------------------------------------------------------

    def said(self) -> str:
        """All that its serial line said since it was switched on, without colours."""
        return _COLOURS.sub("", self._written.decode(errors="replace"))

    def starts(self, *, since: int = 0) -> list[str]:
        """The slot of each start that the boot loader tried. It has two terminals that are this
        line, itself and the firmware's console: each says every line."""
        return re.findall(r"^markaz: slot ([AB]) \(", self.said()[since:], re.MULTILINE)

    def type(self, text: str) -> None:
        """Type on its serial line."""
        assert self._guest is not None
        assert self._guest.stdin is not None
        self._guest.stdin.write(text.encode())
        self._guest.stdin.flush()

    def expect(self, pattern: str, timeout_s: float, *, since: int = 0) -> re.Match[str]:
        """Wait until its serial line has said ``pattern`` (re) after ``since`` characters.

        Raises:
            TooLate: it did not; the text has what it said last.
        """
        until = time.monotonic() + timeout_s
        while True:
            if found := re.compile(pattern).search(self.said(), since):
                return found
            if time.monotonic() > until or not self.is_on:
                last = "\n".join(self.said().splitlines()[-40:])
                raise TooLate(f"no {pattern!r} within {timeout_s:.0f} s; it said last:\n{last}")
            time.sleep(0.1)

    def _read(self, guest: subprocess.Popen[bytes]) -> None:
        assert guest.stdout is not None
        with (self.folder / "serial.log").open("ab") as log, guest.stdout as serial:
            for piece in iter(lambda: serial.read1(65536), b""):  # type: ignore[attr-defined]
                self._written += piece
                log.write(piece)
                log.flush()
