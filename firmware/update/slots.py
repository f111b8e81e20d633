"""The two slots, by RAUC: what is in them, a bundle's signature, its installation.

RAUC is asked by its own command, whose answers as JSON and whose exit status are what it promises
(rauc(1)). The work is done by RAUC's service, which the image gives the least claim on processor
and disk (``image-build/update/units``), so that calls go on beside it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import selectors
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from firmware.daemons import SLOTS

log = logging.getLogger(__name__)

_ASK_S = 120.0
_INSTALL_S = 3600.0
_ERROR = "LastError:"
_PROGRESS = re.compile(rb"^\s*(\d{1,3})%")


class SlotsFailed(RuntimeError):
    """RAUC said no; the text is its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One of the two. ``name`` is the boot loader's ("A"), ``version`` of the bundle last written
    into it, "" when that is not known."""

    name: str
    is_booted: bool
    is_good: bool
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a bundle says of itself, its signature being right."""

    version: str
    board: str  # "markaz-x86"
    notes: str
    build: str


class Slots(Protocol):
    """What the updates need of the box."""

    @property
    def is_there(self) -> bool:
        """Whether this box has slots at all: a box that is no image has none."""
        ...

    @property
    def board(self) -> str:
        """What a bundle must be made for."""
        ...

    def slots(self) -> Sequence[Slot]:
        """Both.

        Raises:
            SlotsFailed: they cannot be told.
        """
        ...

    def signed(self, bundle: Path) -> Signed:
        """Check a bundle's signature.

        Raises:
            SlotsFailed: it is not by a key of ours, or no bundle.
        """
        ...

    def install(self, bundle: Path, told: Callable[[int], None]) -> None:
        """Write a bundle into the slot that does not run; ``told`` gets percent. Takes minutes.

        Raises:
            SlotsFailed: the slot is as it was, or marked as not to be started.
        """
        ...

    def choose_other(self) -> None:
        """Let the boot loader start the other slot next, on trial.

        Raises:
            SlotsFailed: it starts this one again.
        """
        ...

    def mark(self, *, good: bool) -> None:
        """Say that the slot that runs works, or must not be started again.

        Raises:
            SlotsFailed: the boot loader does not know.
        """
        ...


class Rauc:
    """``Slots`` by the command rauc. ``configuration`` is RAUC's own (system.conf)."""

    def __init__(self, configuration: Path = SLOTS) -> None:
        self._configuration = configuration

    @property
    def is_there(self) -> bool:
        """See ``Slots``."""
        return self._configuration.exists()

    @property
    def board(self) -> str:
        """See ``Slots``."""
        with contextlib.suppress(OSError):
            for line in self._configuration.read_text().splitlines():
                if line.startswith("compatible="):
                    return line.partition("=")[2].strip()
        return ""

    def slots(self) -> Sequence[Slot]:
        """See ``Slots``."""
        told = self._json("status", "--detailed", "--output-format=json")
        try:
            rows = [next(iter(row.values())) for row in told["slots"]]
            return [_slot(row) for row in rows if row.get("bootname")]
        except (KeyError, TypeError, StopIteration) as error:
            raise SlotsFailed(f"rauc status says something else than expected: {error}") from error

    def signed(self, bundle: Path) -> Signed:
        """See ``Slots``."""
        told = self._json("info", "--output-format=json", str(bundle))
        return Signed(
            version=str(told.get("version", "")),
            board=str(told.get("compatible", "")),
            notes=str(told.get("description", "")),
            build=str(told.get("build", "")),
        )

    def install(self, bundle: Path, told: Callable[[int], None]) -> None:
        """See ``Slots``."""
        order = self._command("install", "--progress", str(bundle))
        with subprocess.Popen(
            order, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as child:
            try:
                said = _listen(child, told)
            except BaseException:
                child.kill()
                raise
        if child.returncode != 0:
            raise SlotsFailed(_last_words(said))

    def choose_other(self) -> None:
        """See ``Slots``."""
        self._run("status", "mark-active", "other")

    def mark(self, *, good: bool) -> None:
        """See ``Slots``."""
        self._run("status", "mark-good" if good else "mark-bad", "booted")

    def _json(self, *words: str) -> Mapping[str, Any]:
        said = self._run(*words)
        try:
            told = json.loads(said)
        except ValueError as error:
            raise SlotsFailed(f"rauc {words[0]} gave no JSON: {said[:200]!r}") from error
        if not isinstance(told, dict):
            raise SlotsFailed(f"rauc {words[0]} gave another JSON than expected")
        return told

    def _run(self, *words: str) -> str:
        try:
            done = subprocess.run(
                self._command(*words), capture_output=True, timeout=_ASK_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SlotsFailed(f"rauc {words[0]}: {error}") from error
        if done.returncode != 0:
            raise SlotsFailed(_last_words(done.stderr or done.stdout))
        return done.stdout.decode(errors="replace")

    def _command(self, *words: str) -> list[str]:
        return ["rauc", f"--conf={self._configuration}", *words]


def _slot(row: Mapping[str, Any]) -> Slot:
    status = row.get("slot_status") or {}
    return Slot(
        name=str(row["bootname"]),
        is_booted=row["state"] == "booted",
        is_good=row.get("boot_status") == "good",
        version=str((status.get("bundle") or {}).get("version") or ""),
    )


def _listen(child: subprocess.Popen[bytes], told: Callable[[int], None]) -> bytes:
    """Everything it says until it ends."""
    assert child.stdout is not None
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while selector.select(_INSTALL_S):
            part = os.read(child.stdout.fileno(), 4096)
            if not part:
                break
            said = (said + part)[-8192:]
            shown = [_PROGRESS.match(line) for line in re.split(rb"[\r\n]", said)]
            if percents := [int(one[1]) for one in shown if one]:
                told(percents[-1])
    child.wait(_ASK_S)
    return said


def _last_words(said: bytes) -> str:
    """What failed: the line that says so, else the last one."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    errors = [line.removeprefix(_ERROR).strip() for line in lines if line.startswith(_ERROR)]
    return [*(lines or ["rauc failed without a word"]), *errors][-1]
