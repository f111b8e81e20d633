"""The office under load: a site of many telephones in groups, and where each of them is.

A *group* is callers and called ones of one behaviour. In the group *talking* the caller plays a
tone and the called one sends back what it hears, in *echoing* it is the other way round: so the
recordings of both show whether sound passed in all four directions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firmware.config.schema import Extension, Site, Switch
from firmware.model.record import Disposition
from tests.rig.box import LeanBox
from tests.rig.sipp import Plan, Sipp, authentication

Rate = Literal[8000, 16000]

SERVER = "127.9.0.1"
_SIDE = 100
"""Callers, and called ones, of a group."""

_SOURCES = 20
_REGISTRATIONS_PER_S = 15.0
"""From one address each group; more would be a flood (pike in kamailio.cfg)."""

_RTP = (20000, 27999)
_MAX_CALLS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Telephones of one behaviour. ``index`` gives them their numbers and addresses; ``answer``
    is the scenario of the called ones, "" when nobody answers; ``dials`` one number for all
    calls, "" one each; ``comes_out`` is what must be on record of its calls."""

    index: int
    call: str
    answer: str = ""
    dials: str = ""
    echoes: bool = False  # the called ones do, else the callers
    tone_hz: int = 0
    texts: Mapping[str, str]
    comes_out: Disposition = Disposition.ANSWERED

    @property
    def first_caller(self) -> int:
        return 1001 + self.index * _SIDE

    @property
    def first_called(self) -> int:
        return 5001 + self.index * _SIDE

    @property
    def callers_network(self) -> str:
        """The first three numbers of the callers' addresses."""
        return f"127.9.{1 + self.index}"

    @property
    def called_address(self) -> str:
        """The one address of the called ones."""
        return f"127.9.{101 + self.index}.1"

    @property
    def numbers(self) -> list[str]:
        """Every number with a telephone."""
        firsts = (self.first_caller, self.first_called) if self.answer else (self.first_caller,)
        return [str(first + i) for first in firsts for i in range(_SIDE)]

    def caller_rows(self, passwords: Mapping[str, str]) -> list[tuple[str, ...]]:
        """The rows of its callers: number, authentication, called, address."""
        return [
            (
                number := str(self.first_caller + i),
                authentication(number, passwords[number]),
                self.dials or str(self.first_called + i),
                self._source(i),
            )
            for i in range(_SIDE)
        ]

    def registration_rows(self, passwords: Mapping[str, str]) -> list[tuple[str, ...]]:
        """The rows of its called ones: number, authentication, contact, address. They register
        from where they are called: the edge sends calls nowhere else."""
        return [
            (
                number := str(self.first_called + i),
                authentication(number, passwords[number]),
                f"{self.called_address}:5060",
                self.called_address,
            )
            for i in range(_SIDE)
        ]

    def _source(self, place: int) -> str:
        return f"{self.callers_network}.{1 + place % _SOURCES}"


TALKING = Group(
    index=0, call="call_talking", answer="answer_echoing", echoes=True, tone_hz=700, texts={}
)
ECHOING = Group(index=1, call="call_echoing", answer="answer_talking", tone_hz=1100, texts={})
CANCELLED = Group(
    index=2,
    call="call_cancelled",
    answer="answer_cancelled",
    texts={},
    comes_out=Disposition.CANCELLED,
)
BUSY = Group(
    index=3,
    call="call_refused",
    answer="answer_refusing",
    texts={"status": "486", "refusal": "486 Busy Here"},
    comes_out=Disposition.BUSY,
)
UNKNOWN = Group(
    index=4,
    call="call_refused",
    dials="9999",
    texts={"status": "404"},
    comes_out=Disposition.FAILED,
)

ANSWERED_GROUPS = (TALKING, ECHOING)
MIXED_GROUPS = (TALKING, ECHOING, CANCELLED, BUSY, UNKNOWN)


def office(
    root: Path,
    rate_hz: Rate,
    groups: Sequence[Group],
    *more: str,
    extended: Callable[[Site], Site] = lambda site: site,
) -> LeanBox:
    """The box of this office, in a folder that must not be there yet; ``more`` are daemons
    besides those that calls need, ``extended`` adds to the site."""

    def shape(site: Site) -> Site:
        own = Site(
            network=site.network.model_copy(
                update={
                    "sip_address": IPv4Address(SERVER),
                    "media_address": IPv4Address(SERVER),
                    "rtp_first": _RTP[0],
                    "rtp_last": _RTP[1],
                }
            ),
            provisioning=site.provisioning,
            switch=Switch(max_calls=_MAX_CALLS, bridge_rate_hz=rate_hz),
            extension=tuple(_telephone(n) for group in groups for n in group.numbers),
        )
        return extended(own)

    return LeanBox("kamailio", "edge", "switchd", "recorder", *more, shape=shape, root=root)


def register(box: LeanBox, folder: Path, groups: Sequence[Group]) -> None:
    """Register every called telephone.

    Raises:
        AssertionError: one was refused.
    """
    for group in groups:
        if not group.answer:
            continue
        rows = group.registration_rows(box.passwords)
        plan = Plan(
            scenario="register",
            server=box.sip_server,
            address=f"{group.callers_network}.1",
            rows=rows,
            sources_in=3,
            calls=len(rows),
            calls_per_s=_REGISTRATIONS_PER_S,
        )
        counts = Sipp(plan, folder / f"register-{group.answer}").wait(60.0)
        assert counts.failed == 0, f"{counts.failed} telephones could not register"


def write_tone(path: Path, hz: int) -> Path:
    """Four seconds of a sine at -12 dBFS as bare A-law bytes, which SIPp repeats."""
    samples = 32768 * 10 ** (-12 / 20) * np.sin(2 * np.pi * hz * np.arange(32000) / 8000)
    path.write_bytes(_a_law(samples.astype(np.int64)).tobytes())
    return path


def _a_law(samples: NDArray[np.int64]) -> NDArray[np.uint8]:
    """G.711 A-law (ITU-T G.711 §3) of 16-bit samples."""
    sign = np.where(samples >= 0, 0x80, 0)
    size = np.minimum(np.where(samples >= 0, samples, -samples - 1), 32767)
    exponent = np.maximum(np.log2(np.maximum(size, 1)).astype(np.int64) - 7, 0)
    mantissa = np.where(exponent == 0, size >> 4, size >> (exponent + 3)) & 0x0F
    code: NDArray[np.int64] = (sign | (exponent << 4) | mantissa) ^ 0x55
    return code.astype(np.uint8)


def _telephone(number: str) -> Extension:
    return Extension.model_validate(
        {"number": number, "name": f"Phone {number}", "password": f"bench-{number}-password"}
    )
