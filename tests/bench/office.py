"""The office under load: a site of many telephones, and where each of them is.

Half of the calls are *talking*: the caller plays a tone and the called one sends back what it
hears. In the other half, *echoing*, it is the other way round. So the recordings of both show
whether sound passed in all four directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from firmware.config.schema import Extension, Site, Switch
from tests.rig.box import LeanBox
from tests.rig.sipp import Plan, Sipp, authentication

Rate = Literal[8000, 16000]

SERVER = "127.9.0.1"
ABSENT = "3001"
"""An extension whose telephone never registers."""

SIDE = 100
"""Callers, and called ones, of each half."""

_SOURCES = 20
_REGISTRATIONS_PER_S = 50.0
_RTP = (20000, 27999)
_MAX_CALLS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One half of the calls: its scenarios, numbers, addresses and tone."""

    name: str
    first_caller: int
    first_called: int
    callers: str  # the first three numbers of their addresses
    called: str  # their one address
    tone_hz: int

    @property
    def caller_scenario(self) -> str:
        return f"call_{self.name}"

    @property
    def called_scenario(self) -> str:
        return "answer_echoing" if self.name == "talking" else "answer_talking"

    def caller_rows(self, passwords: dict[str, str]) -> list[tuple[str, ...]]:
        """The rows of its callers: number, authentication, called, address."""
        return [
            (
                str(self.first_caller + i),
                authentication(number := str(self.first_caller + i), passwords[number]),
                str(self.first_called + i),
                f"{self.callers}.{1 + i % _SOURCES}",
            )
            for i in range(SIDE)
        ]

    def registration_rows(self, passwords: dict[str, str]) -> list[tuple[str, ...]]:
        """The rows of its called ones: number, authentication, contact, address."""
        return [
            (
                str(self.first_called + i),
                authentication(number := str(self.first_called + i), passwords[number]),
                f"{self.called}:5060",
                f"{self.callers}.{1 + i % _SOURCES}",
            )
            for i in range(SIDE)
        ]


HALVES = (
    Half(
        name="talking",
        first_caller=1001,
        first_called=2001,
        callers="127.9.1",
        called="127.9.3.1",
        tone_hz=700,
    ),
    Half(
        name="echoing",
        first_caller=1101,
        first_called=2101,
        callers="127.9.2",
        called="127.9.4.1",
        tone_hz=1100,
    ),
)


def office(root: Path, rate_hz: Rate) -> LeanBox:
    """The box of this office, in a folder that must not be there yet."""

    def shape(site: Site) -> Site:
        return Site(
            network=site.network.model_copy(
                update={
                    "sip_address": IPv4Address(SERVER),
                    "media_address": IPv4Address(SERVER),
                    "rtp_first": _RTP[0],
                    "rtp_last": _RTP[1],
                }
            ),
            switch=Switch(max_calls=_MAX_CALLS, bridge_rate_hz=rate_hz),
            extension=tuple(_telephone(number) for number in _numbers()),
        )

    return LeanBox("kamailio", "edge", "switchd", "recorder", shape=shape, root=root)


def register(box: LeanBox, folder: Path) -> None:
    """Register every called telephone.

    Raises:
        SippFailed: one was refused.
    """
    for half in HALVES:
        rows = half.registration_rows(box.passwords)
        plan = Plan(
            scenario="register",
            server=box.sip_server,
            address=f"{half.callers}.1",
            rows=rows,
            sources_in=3,
            calls=len(rows),
            calls_per_s=_REGISTRATIONS_PER_S,
        )
        counts = Sipp(plan, folder / f"register-{half.name}").wait(60.0)
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
    return ((sign | (exponent << 4) | mantissa) ^ 0x55).astype(np.uint8)


def _numbers() -> list[str]:
    numbers = [str(first + i) for half in HALVES for first in _firsts(half) for i in range(SIDE)]
    return [*numbers, ABSENT]


def _firsts(half: Half) -> tuple[int, int]:
    return half.first_caller, half.first_called


def _telephone(number: str) -> Extension:
    return Extension.model_validate(
        {"number": number, "name": f"Phone {number}", "password": f"bench-{number}-password"}
    )
