"""An account at a SIP provider: who we are there, and how calls and media go over it.

The stack registers by way of the edge, as it calls by way of the edge; it never learns where the
provider is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import pjsua2 as pj

from firmware.sip.call import header_vector


class Timer(Enum):
    """Session timers (RFC 4028)."""

    OFF = pj.PJSUA_SIP_TIMER_INACTIVE
    ON = pj.PJSUA_SIP_TIMER_ALWAYS
    REQUIRED = pj.PJSUA_SIP_TIMER_REQUIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPlan:
    """``domain`` is the provider's, ``contact`` our Contact there with its angle brackets.
    ``registers_s`` is for how long we register, 0 not at all. ``headers`` go into REGISTER.
    ``codecs`` are names as SDP has them ("PCMA"), the best first."""

    domain: str
    user: str
    auth_user: str
    password: str
    contact: str
    registers_s: int
    headers: Mapping[str, str]
    codecs: Sequence[str]
    srtp: bool
    timer: Timer
    session_expires_s: int
    reliable: bool
    public_address: str


def set_up(config: pj.AccountConfig, plan: ProviderPlan) -> None:
    """Make ``config``, an account by way of the edge, one at the provider."""
    config.idUri = f"sip:{plan.user}@{plan.domain}" if plan.user else f"sip:{plan.domain}"
    config.sipConfig.contactForced = plan.contact
    if plan.password:
        # Whatever realm it asks for: it is the provider's business, and often changes.
        config.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", "*", plan.auth_user or plan.user, 0, plan.password)
        )
    if plan.registers_s:
        registration = config.regConfig
        registration.registrarUri = f"sip:{plan.domain}"
        registration.timeoutSec = plan.registers_s
        registration.retryIntervalSec = 0  # when to try again is not pjsua's to decide
        registration.delayBeforeRefreshSec = min(30, plan.registers_s // 4)
        registration.unregWaitMsec = 1000
        registration.headers = header_vector(plan.headers)
    calls = config.callConfig
    calls.timerUse = plan.timer.value
    calls.timerMinSESec = 90  # RFC 4028 §4: the least there may be
    calls.timerSessExpiresSec = plan.session_expires_s
    calls.prackUse = pj.PJSUA_100REL_OPTIONAL if plan.reliable else pj.PJSUA_100REL_NOT_USED
    media = config.mediaConfig
    media.transportConfig.publicAddress = plan.public_address
    if plan.srtp:
        media.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
        media.srtpSecureSignaling = 0  # TLS is between the edge and the provider
        media.srtpOpt.keyings = pj.IntVector([pj.PJMEDIA_SRTP_KEYING_SDES])
