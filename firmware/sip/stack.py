"""The SIP stack of one daemon: endpoint, accounts, incoming and outgoing dialogs.

An *account* is a direction: where its media is bound and by which next hop its calls leave.
There are no registrations here, the edge has them. Every address is an IP number: pjproject's
resolver blocks for tens of seconds when the internet is away.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pjsua2 as pj

from firmware.model.cause import Cause
from firmware.sip.call import CallEvents, SipCall, _Dialog, header_vector
from firmware.sip.media import Matrix
from firmware.sip.message import Invitation, invitation, name_addr
from firmware.sip.pump import PumpLoop

log = logging.getLogger(__name__)


class NoSlot(RuntimeError):
    """The stack is full: no call can be made. Answer 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """One direction of calls.

    ``peer`` is the address ("127.0.0.2:15070") calls must come from; ``via`` sends outgoing
    calls there whatever their URI says (a proxy), "" follows the URI.
    """

    name: str
    peer: str
    via: str
    media_address: str
    rtp_first: int
    rtp_last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """The whole stack: its one UDP address, its accounts, its limits."""

    address: str
    port: int
    domain: str
    accounts: Sequence[AccountPlan]
    rate_hz: int = 16000
    max_dialogs: int = 512
    codecs: Mapping[str, int] = field(
        default_factory=lambda: {
            "opus/48000/2": 220,
            "G722/16000/1": 210,
            "PCMA/8000/1": 201,
            "PCMU/8000/1": 200,
        }
    )


Incoming = Callable[[SipCall, Invitation, str], CallEvents]
"""Gives the leg for a new call: (dialog, invitation, account name) to its events."""


class Stack:
    """pjsua2, running on a ``PumpLoop``. One a process."""

    def __init__(self, plan: StackPlan, loop: PumpLoop, incoming: Incoming) -> None:
        self._plan = plan
        self._loop = loop
        self._incoming = incoming
        self._dialogs: set[SipCall] = set()
        self._accounts: dict[str, _Account] = {}
        self.matrix = Matrix()
        # Media threads wait for the interpreter lock; the default 5 ms would be heard.
        sys.setswitchinterval(0.0005)
        self._endpoint = _Endpoint(self)
        self._open()

    def _open(self) -> None:
        plan, endpoint = self._plan, self._endpoint
        endpoint.libCreate()
        endpoint.libInit(_endpoint_config(plan))
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = plan.port, plan.address
        try:
            transport_id = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        except pj.Error as error:
            raise OSError(
                f"cannot listen for SIP on {plan.address}:{plan.port}: {error.reason}"
            ) from error
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()
        for codec in endpoint.codecEnum2():
            endpoint.codecSetPriority(codec.codecId, plan.codecs.get(codec.codecId, 0))
        for account in plan.accounts:
            self._accounts[account.name] = _Account(self, account)
            self._accounts[account.name].create(_account_config(account, plan.domain, transport_id))
        self._loop.drive(endpoint.libHandleEvents)
        gc.collect()
        gc.freeze()

    @property
    def dialogs(self) -> int:
        """How many dialogs live."""
        return len(self._dialogs)

    def dial(
        self,
        account: str,
        uri: str,
        *,
        caller: str,
        caller_name: str,
        headers: Mapping[str, str],
        events: CallEvents,
    ) -> SipCall:
        """Send an INVITE.

        Raises:
            NoSlot: the stack is full or the address cannot be used.
        """
        call = SipCall(self, events, uri)
        sender = name_addr(caller_name, caller or "anonymous", self._plan.domain)
        parameters = pj.CallOpParam(True)
        parameters.opt.audioCount = 1
        parameters.opt.videoCount = parameters.opt.textCount = 0
        parameters.txOption.localUri = sender
        parameters.txOption.headers = header_vector({"P-Asserted-Identity": sender, **headers})
        dialog = _Dialog(call, self._accounts[account], pj.PJSUA_INVALID_ID)
        call._dialog = dialog
        try:
            dialog.makeCall(uri, parameters)
        except pj.Error as error:
            dialog.owner = None
            call._dialog = None
            raise NoSlot(f"cannot call {uri}: {error.reason}") from error
        if call._dialog is not None:  # else it ended inside makeCall and has said so
            call.id = dialog.getInfo().callIdString
            self._dialogs.add(call)
        return call

    def send_request(
        self, account: str, method: str, uri: str, *, sender: str, headers: Mapping[str, str]
    ) -> None:
        """Send one request outside any dialog; what comes of it is nobody's business here.

        ``sender`` is the number in From.

        Raises:
            NoSlot: the address cannot be used.
        """
        parameters = pj.SendRequestParam()
        parameters.method = method
        parameters.txOption.targetUri = uri
        parameters.txOption.localUri = name_addr("", sender, self._plan.domain)
        parameters.txOption.headers = header_vector(headers)
        try:
            self._accounts[account].sendRequest(parameters)
        except pj.Error as error:
            raise NoSlot(f"cannot send {method} to {uri}: {error.reason}") from error

    def receive(self, account: _Account, prm: pj.OnIncomingCallParam) -> None:
        """Take a new INVITE from pjsua."""
        call = SipCall(self, None, "")
        call._dialog = _Dialog(call, account, prm.callId)
        if prm.rdata.srcAddress != account.plan.peer:
            log.warning("refused an INVITE from %s: not a peer of ours", prm.rdata.srcAddress)
            # Not here: pjsua goes on with the call when this callback returns.
            self._loop.call_soon(call.refuse, 403)
            return
        call.id = call._dialog.getInfo().callIdString
        invite = invitation(prm.rdata.wholeMsg, prm.rdata.srcAddress)
        call.audio.name = f"{account.plan.name}:{invite.sender.user}"
        self._dialogs.add(call)
        call.events = self._incoming(call, invite, account.plan.name)

    def account_of(self, source: str) -> _Account | None:
        """The account whose peer ``source`` ("address:port") is."""
        for account in self._accounts.values():
            if account.plan.peer == source:
                return account
        return None

    def ended(self, call: SipCall) -> None:
        """A dialog is over: forget it and part its audio."""
        self._dialogs.discard(call)
        call.audio.port = None  # gone already: parting it would only make pjsua complain
        self.matrix.drop(call.audio)

    def hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        """Run ``function`` in the daemon's own thread; for callbacks of media threads."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    @contextlib.contextmanager
    def guard(self, where: str) -> Iterator[None]:
        """Around every callback of pjsua: an exception must not unwind through its C frames.

        It is given to the loop, which ends the process.
        """
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a driver's callback
            self._loop.call_exception_handler(
                {"message": f"bug in the {where} callback", "exception": error}
            )

    def hang_up_all(self, cause: Cause) -> None:
        """End every dialog."""
        for call in list(self._dialogs):
            call.hang_up(cause)

    def close(self) -> None:
        """Stop the stack; dialogs still alive are hung up by pjsua."""
        self._loop.drive(None)
        self._accounts.clear()
        self._endpoint.libDestroy()


class _Endpoint(pj.Endpoint):
    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self._stack = stack

    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:
        """pjsua: which account takes this request? The one whose peer sent it."""
        with self._stack.guard("select account"):
            account = self._stack.account_of(prm.rdata.srcAddress)
            if account is not None:
                prm.accountIndex = account.getId()


class _Account(pj.Account):
    def __init__(self, stack: Stack, plan: AccountPlan) -> None:
        super().__init__()
        self._stack = stack
        self.plan = plan

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """pjsua: a new INVITE."""
        with self._stack.guard("incoming call"):
            self._stack.receive(self, prm)


def _endpoint_config(plan: StackPlan) -> pj.EpConfig:
    """Settings of facts/sip-edge.md §8, with the reasons given there."""
    config = pj.EpConfig()
    config.uaConfig.maxCalls = plan.max_dialogs
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = False
    config.uaConfig.userAgent = "Markaz"
    config.logConfig.level = 1
    config.logConfig.consoleLevel = 1
    media = config.medConfig
    media.clockRate = media.sndClockRate = plan.rate_hz
    media.audioFramePtime = media.ptime = 20
    media.maxMediaPorts = 2000
    media.threadCnt = 1
    media.hasIoqueue = True
    media.quality = 2
    media.noVad = True
    media.ecTailLen = 0
    media.sndAutoCloseTime = -1
    return config


def _account_config(plan: AccountPlan, domain: str, transport_id: int) -> pj.AccountConfig:
    config = pj.AccountConfig()
    config.idUri = f"sip:{plan.name}@{domain}"
    config.regConfig.registerOnAdd = False
    if plan.via:
        config.sipConfig.proxies.append(f"sip:{plan.via};lr")
    config.sipConfig.transportId = transport_id
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_INACTIVE
    config.callConfig.prackUse = pj.PJSUA_100REL_NOT_USED
    nat = config.natConfig
    nat.contactRewriteUse = nat.viaRewriteUse = nat.sdpNatRewriteUse = 0
    nat.iceEnabled = False
    media = config.mediaConfig
    media.transportConfig.boundAddress = plan.media_address
    media.transportConfig.port = plan.rtp_first
    media.transportConfig.portRange = plan.rtp_last - plan.rtp_first
    media.lockCodecEnabled = True
    media.srtpUse = pj.PJMEDIA_SRTP_DISABLED
    # Else every outgoing call asks which family this machine's own name has: a DNS query.
    config.sipConfig.ipv6Use = media.ipv6Use = pj.PJSUA_IPV6_DISABLED
    return config
