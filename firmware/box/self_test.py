"""The self-test: one real call from inside, the way a desk telephone's goes.

INVITE with a digest to Kamailio, switchd answers with a prompt, and what comes back as audio is
measured. It rings nobody: what is called is the feature that says the codes, or a menu. pjsua is
the telephone; a process has one, so this runs in a process of its own (``markaz self-test``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from firmware.config.home import Home
from firmware.config.schema import Extension, Site
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.model.cause import Cause
from firmware.model.features import OFF
from firmware.ping import answers_sip
from firmware.sip import pump
from firmware.sip.call import CallEvents, SipCall
from firmware.sip.media import Recorder
from firmware.sip.message import Invitation
from firmware.sip.provider import ProviderPlan, Timer
from firmware.sip.pump import PumpLoop
from firmware.sip.stack import AccountPlan, NoSlot, Stack, StackPlan

log = logging.getLogger(__name__)

ANSWER_S = 20.0
HEARD_S = 3.0
"""How long it listens: prompts begin with up to a second of silence."""

LOUD_DBFS = -50.0
"""Speech is above it, the comfort noise of a broken prompt is not."""

_RTP_FIRST, _RTP_LAST = 39900, 39998
_ACCOUNT = "self-test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the call went. ``fault`` is "" when it was answered and heard; times in seconds."""

    fault: str
    number: str
    answered_s: float | None = None
    level_dbfs: float | None = None


class CannotTest(RuntimeError):
    """There is nobody to call as, or nothing to call, in this configuration."""


def caller_of(site: Site) -> Extension:
    """The extension that calls: the first with a SIP account.

    Raises:
        CannotTest: there is none.
    """
    for extension in site.extension:
        if extension.password is not None:
            return extension
    raise CannotTest("no extension has a password: no telephone could call by SIP")


def number_of(site: Site) -> str:
    """What is called: something that answers by itself.

    Raises:
        CannotTest: there is nothing.
    """
    if site.features.help != OFF:
        return site.features.help
    for number in (*(one.number for one in site.ivr), *(one.number for one in site.flow)):
        if number:
            return number
    raise CannotTest("the code *0 is off and no menu has a number: nothing answers by itself")


def call(home: Home, site: Site) -> Outcome:
    """Make the call; takes a few seconds. One a process. Where no telephone could call by SIP,
    the edge and switchd are asked how they are."""
    try:
        caller, number = caller_of(site), number_of(site)
    except CannotTest as error:
        log.info("no call is made: %s", error)
        return Outcome(fault=_asked(home, site), number="")
    found: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="markaz-self-test-") as folder:
        heard = Path(folder) / "heard.wav"

        async def make(loop: PumpLoop) -> None:
            stack = Stack(_stack_plan(site, caller), loop, _nobody)
            try:
                found.append(await _call(stack, site, caller.number, number, heard))
            finally:
                stack.close()  # the file is written out now

        try:
            with _silence():
                pump.run(make)
        except OSError as error:
            return Outcome(fault=str(error), number=number)
        if not found:
            return Outcome(fault="the SIP stack failed", number=number)
        return found[0] if found[0].fault else _judged(found[0], _level_dbfs(heard))


def _judged(outcome: Outcome, level_dbfs: float) -> Outcome:
    what = f"{outcome.number} was answered, but only {level_dbfs:.0f} dBFS are heard"
    fault = "" if level_dbfs >= LOUD_DBFS else what
    return replace(outcome, fault=fault, level_dbfs=round(level_dbfs, 1))


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """pjsua says a few lines on standard output before it can be told not to."""
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def told(outcome: Outcome) -> str:
    """A good outcome in one line."""
    if not outcome.number:
        return "the edge and switchd answer; nobody has a SIP account to call with"
    return (
        f"{outcome.number} was answered after {outcome.answered_s:.2f} s and is heard at "
        f"{outcome.level_dbfs:.0f} dBFS"
    )


def _asked(home: Home, site: Site) -> str:
    network = site.network
    if not answers_sip(str(network.sip_address), network.sip_port, timeout_s=2.0):
        return f"the edge does not answer on {network.sip_address}:{network.sip_port}"
    try:
        with Link(home.link("switchd"), "self-test") as link:
            link.call(SwitchApi.status)
    except (LinkDown, Refused) as error:
        return str(error)
    return ""


async def _call(stack: Stack, site: Site, caller: str, number: str, file: Path) -> Outcome:
    events, began_s = _Events(), time.monotonic()
    uri, heard = f"sip:{number}@{site.network.realm}", Recorder(file)
    try:
        dialog = stack.dial(_ACCOUNT, uri, caller=caller, caller_name="", headers={}, events=events)
    except NoSlot as error:
        return Outcome(fault=str(error), number=number)
    stack.matrix.join(dialog.audio, heard)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(events.answered.wait(), ANSWER_S)
    if not events.answered.is_set() or events.ended is not None:
        why = f"it ended with {events.ended}" if events.ended else "nobody answered"
        dialog.hang_up()
        return Outcome(fault=f"a call to {number} as {caller}: {why}", number=number)
    answered_s = time.monotonic() - began_s
    await asyncio.sleep(HEARD_S)
    dialog.hang_up()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(events.over.wait(), 2.0)
    stack.matrix.drop(heard)
    return Outcome(fault="", number=number, answered_s=round(answered_s, 2))


class _Events:
    """``CallEvents`` of the one call."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()
        self.over = asyncio.Event()
        self.ended: str | None = None

    def on_ringing(self) -> None:
        """CallEvents."""

    def on_progress(self) -> None:
        """CallEvents."""

    def on_answered(self) -> None:
        """CallEvents."""
        self.answered.set()

    def on_held(self, held: bool) -> None:
        """CallEvents."""

    def on_digit(self, digit: str) -> None:
        """CallEvents."""

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """CallEvents."""
        self.ended = f"{cause.name.lower()} ({'theirs' if by_them else 'ours'})"
        self.over.set()
        self.answered.set()


def _nobody(call: SipCall, _invite: Invitation, _account: str) -> CallEvents:
    raise RuntimeError(f"nobody calls the self-test: {call.id}")


def _stack_plan(site: Site, caller: Extension) -> StackPlan:
    network = site.network
    edge = f"{network.sip_address}:{network.sip_port}"
    password = caller.password.get_secret_value() if caller.password else ""
    provider = ProviderPlan(
        domain=network.realm,
        user=caller.number,
        auth_user=caller.number,
        password=password,
        contact="",
        registers_s=0,
        headers={},
        codecs=(),
        srtp=False,
        timer=Timer.OFF,
        session_expires_s=1800,
        reliable=False,
        public_address="",
    )
    account = AccountPlan(
        name=_ACCOUNT,
        peer=edge,
        via=edge,
        media_address=str(network.sip_address),
        rtp_first=_RTP_FIRST,
        rtp_last=_RTP_LAST,
        provider=provider,
    )
    return StackPlan(
        address=str(network.sip_address),
        port=0,
        domain=network.realm,
        accounts=(account,),
        max_dialogs=4,
        codecs={"PCMA/8000/1": 200},
    )


def _level_dbfs(path: Path) -> float:
    """The loudest second's level; -99 for nothing."""
    if not path.stat().st_size:
        return -99.0
    with wave.open(str(path), "rb") as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(float)
    seconds = [samples[start : start + rate] for start in range(0, len(samples), rate)]
    power = max((float(np.mean(second**2)) for second in seconds if len(second)), default=0.0)
    return 10.0 * math.log10(power / 32768.0**2) if power > 0 else -99.0
