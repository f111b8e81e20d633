"""Ports for boxes and telephones under test, so that several test runs share one machine.

A ``Block`` is 500 ports that one process has to itself while it holds a lock on a file: no
two runs of this rig are given the same one, and every port of it was free when it was given.
An offset (``reserve_offset``) is the same for a whole box, which chooses its own ports.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from firmware.box import first
from firmware.config.schema import Network, Provisioning

BLOCK_PORTS = 500
_BLOCKS = (*range(10_000, 15_000, BLOCK_PORTS), *range(16_000, 20_000, BLOCK_PORTS))
"""Away from a box's default ports and from those the kernel gives out (32768 on)."""

_OFFSETS = range(500, first.largest_offset() + 1, 1000)
_ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")


class NoPorts(RuntimeError):
    """Every block or offset is taken by another test run, or by something else."""


@dataclass(slots=True)
class Block:
    """500 ports from ``base``: first the box's, then the telephones'."""

    base: int
    _sip: Iterator[int] = field(init=False)
    _control: Iterator[int] = field(init=False)
    _media: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        # A SIP telephone takes the port after its own for TLS.
        self._sip = cycle(range(self.base + 10, self.base + 90, 2))
        self._control = cycle(range(self.base + 90, self.base + 130))
        # SIPp binds four: audio and video, with their control.
        self._media = cycle(range(self.base + 460, self.base + BLOCK_PORTS, 4))

    def network(self) -> Network:
        """A box's network in this block: room for 50 telephones' streams and 45 lines'."""
        base = self.base
        return Network(
            sip_port=base,
            sip_tls_port=base + 1,
            console_port=base + 2,
            inner_edge_port=base + 3,
            inner_switch_port=base + 4,
            inner_lines_port=base + 5,
            rtp_first=base + 130,
            rtp_last=base + 229,
            line_rtp_first=base + 230,
            line_rtp_last=base + 319,
        )

    def provisioning(self) -> Provisioning:
        """Where telephones ask for their files, in this block."""
        base = self.base
        return Provisioning(
            http_port=base + 6,
            https_port=base + 7,
            old_tls_port=base + 8,
            tftp_port=base + 9,
        )

    def sip_port(self) -> int:
        """A port for a further telephone's SIP; it comes again after 40 others."""
        return next(port for port in self._sip if _is_free(port) and _is_free(port + 1))

    def control_port(self) -> int:
        """A port for orders to a further telephone; it comes again after 40 others."""
        return next(port for port in self._control if _is_free(port))

    def rtp_range(self) -> tuple[int, int]:
        """Ports for telephones' audio, shared: every telephone searches a free pair."""
        return self.base + 320, self.base + 459

    def media_port(self) -> int:
        """A port for the audio of one that does not search; it comes again after ten others."""
        return next(port for port in self._media if all(map(_is_free, range(port, port + 4))))


@contextmanager
def reserve_block() -> Iterator[Block]:
    """A block of free ports, ours until the end.

    Raises:
        NoPorts: none is left.
    """
    for base in _BLOCKS:
        with _lock(f"block-{base}") as ours:
            if ours and all(_is_free(port) for port in range(base, base + BLOCK_PORTS)):
                yield Block(base)
                return
    raise NoPorts(f"all {len(_BLOCKS)} blocks of {BLOCK_PORTS} ports are in use")


@contextmanager
def reserve_offset() -> Iterator[int]:
    """A MARKAZ_PORT_OFFSET at which a new box finds its ports free, ours until the end.

    Raises:
        NoPorts: none is left.
    """
    for offset in _OFFSETS:
        with _lock(f"offset-{offset}") as ours:
            if ours and all(_is_free(port) for port in _ports_of_box(offset)):
                yield offset
                return
    raise NoPorts(f"all {len(_OFFSETS)} port offsets are in use")


def _ports_of_box(offset: int) -> Iterator[int]:
    yield from _ports_of(first.network(offset))
    plan = first.provisioning(offset)
    yield from (plan.http_port, plan.https_port, plan.old_tls_port, plan.tftp_port)


def _ports_of(network: Network) -> Iterator[int]:
    """The ports a box cannot do without. Of the audio ranges its daemons search free ones, and
    the upper ranges are among those the kernel gives to anybody."""
    yield from (network.sip_port, network.sip_tls_port, network.console_port)
    yield network.inner_edge_port
    yield from (network.inner_switch_port, network.inner_lines_port)


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Wait for one's turn among all test runs of this machine; it lasts until the end."""
    with (_folder() / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"markaz-rig-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextmanager
def _lock(name: str) -> Iterator[bool]:
    """Whether the lock was free; the kernel frees it however this process ends."""
    with (_folder() / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _is_free(port: int) -> bool:
    return all(
        _can_bind(address, port, kind)
        for address in _ADDRESSES
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)
    )


def _can_bind(address: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
