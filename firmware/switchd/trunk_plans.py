"""From the ``trunk`` section of the configuration to accounts, and to how a number is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from firmware.config.inner import EDGE_ADDRESS
from firmware.config.schema import Site
from firmware.config.sections.trunks import (
    CallerIdIn,
    Codec,
    DidIn,
    SessionTimer,
    Srtp,
    Transport,
    Trunk,
)
from firmware.sip.message import Invitation, name_addr, uri
from firmware.sip.provider import ProviderPlan, Timer
from firmware.sip.stack import TRUNK, AccountPlan
from firmware.switchd.target import Target

_TIMERS = {
    SessionTimer.OFF: Timer.OFF,
    SessionTimer.ON: Timer.ON,
    SessionTimer.REQUIRED: Timer.REQUIRED,
}

_IN_SDP = {
    Codec.PCMA: "PCMA",
    Codec.PCMU: "PCMU",
    Codec.G722: "G722",
    Codec.OPUS: "opus",
    Codec.G729: "G729",
    Codec.GSM: "GSM",
}

_RARE = {Codec.G729: ("G729/8000/1", 120), Codec.GSM: ("GSM/8000/1", 110)}
"""Codecs that telephones are not offered: only there when a trunk wants them."""

_IDENTITY = {
    CallerIdIn.P_ASSERTED_IDENTITY: "P-Asserted-Identity",
    CallerIdIn.P_PREFERRED_IDENTITY: "P-Preferred-Identity",
    CallerIdIn.REMOTE_PARTY_ID: "Remote-Party-ID",
}


def account(site: Site, trunk: Trunk, contact: str, transport: str) -> AccountPlan:
    """The account at a provider, which is reached by ``transport`` ("" while that is not known)
    and knows us by ``contact``."""
    network = site.network
    edge = f"{EDGE_ADDRESS}:{network.inner_edge_port}"
    return AccountPlan(
        name=TRUNK + trunk.name,
        peer=edge,
        via=edge,
        media_address=str(network.media_address),
        rtp_first=network.rtp_first,
        rtp_last=network.rtp_last,
        provider=ProviderPlan(
            domain=domain(trunk),
            user=trunk.user,
            auth_user=trunk.auth_user,
            password=trunk.password.get_secret_value() if trunk.password else "",
            contact=_contact(site, trunk, contact, transport or trunk.transport),
            registers_s=trunk.expires_s if trunk.registers else 0,
            headers={"X-Markaz-Trunk": trunk.name},
            codecs=tuple(_IN_SDP[codec] for codec in trunk.codecs),
            srtp=trunk.srtp is Srtp.REQUIRED,
            timer=_TIMERS[trunk.session_timer],
            session_expires_s=trunk.session_expires_s,
            reliable=trunk.reliable_provisional,
            public_address=str(trunk.public_address or ""),
        ),
    )


def domain(trunk: Trunk) -> str:
    """The host part of the provider's URIs."""
    return f"{trunk.host}:{trunk.port}" if trunk.port else trunk.host


def _contact(site: Site, trunk: Trunk, contact: str, transport: str) -> str:
    network = site.network
    is_tls = transport == Transport.TLS
    port = network.sip_tls_port if is_tls else network.sip_port
    address = trunk.public_address or network.sip_address
    named = f";transport={transport}" if transport in (Transport.TCP, Transport.TLS) else ""
    return f"<{uri(contact, f'{address}:{port}')}{named}>"


def rare_codecs(trunks: Iterable[Trunk]) -> Mapping[str, int]:
    """The codecs, by pjsua's ids, that are there for trunks only, and their priorities."""
    return dict(_RARE[codec] for trunk in trunks for codec in trunk.codecs if codec in _RARE)


def target(trunk: Trunk, number: str, caller_id: str | None, caller_name: str = "") -> Target:
    """How ``number`` is called by a trunk, showing ``caller_id``: None shows the trunk's own
    number, "" nobody's."""
    host = domain(trunk)
    shown = (trunk.number or trunk.user) if caller_id is None else caller_id
    headers = {"X-Markaz-Trunk": trunk.name}
    sender = shown
    if trunk.caller_id_in is not CallerIdIn.FROM:
        sender = trunk.user
        identity = name_addr(caller_name, shown or trunk.number or trunk.user, host)
        if trunk.caller_id_in is CallerIdIn.REMOTE_PARTY_ID:
            privacy = "off" if shown else "full"
            identity += f";party=calling;screen=yes;privacy={privacy}"
        headers[_IDENTITY[trunk.caller_id_in]] = identity
    if not shown:
        headers["Privacy"] = "id"  # RFC 3325 §9.3
    return Target(
        account=TRUNK + trunk.name,
        uri=uri(number, host),
        party=number,
        way=trunk.name,
        caller=sender,
        caller_name=caller_name if shown else "Anonymous",
        headers=headers,
    )


def did(trunk: Trunk, contact: str, invite: Invitation) -> str:
    """The number of ours that was called; ``contact`` is our Contact's user at the provider."""
    named = invite.called_party.user if invite.called_party is not None else ""
    match trunk.did_in:
        case DidIn.REQUEST_URI:
            return invite.called
        case DidIn.TO:
            return invite.to.user
        case DidIn.P_CALLED_PARTY_ID:
            return named
    is_account = invite.called in {contact, trunk.user, ""}
    return named or (invite.to.user if is_account else invite.called)


def caller(invite: Invitation) -> tuple[str, str]:
    """Who calls, number and name: what the provider asserts (RFC 3325) before what the caller
    says; nothing for one who asks to be private."""
    who = invite.asserted or invite.sender
    if invite.is_private or who.user.lower() in {"anonymous", "unavailable", "unknown"}:
        return "", ""
    return who.user, who.name or (invite.sender.name if invite.asserted else "")
