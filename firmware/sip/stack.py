"""The SIP stack of one daemon: endpoint, accounts, incoming and outgoing dialogs.

An *account* is a direction: where its media is bound and by which next hop its calls leave.
Telephones register at the edge; the accounts here that register do so at providers. Every
address is an IP number: pjproject's resolver blocks for tens of seconds when the internet is away.
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
from firmware.sip import browser
from firmware.sip.call import CallEvents, SipCall, _Dialog, header_vector
from firmware.sip.clock import BridgeClock
from firmware.sip.liveness import Liveness
from firmware.sip.media import Matrix
from firmware.sip.message import Invitation, header, invitation, name_addr
from firmware.sip.provider import ProviderPlan, set_up
from firmware.sip.pump import PumpLoop
from firmware.sip.transfer import Transfers

log = logging.getLogger(__name__)


class NoSlot(RuntimeError):
    """The stack is full: no call can be made. Answer 503."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPlan:
    """One direction of calls.

    ``peer`` is the address ("127.0.0.2:15070") calls must come from; ``via`` sends outgoing
    calls there whatever their URI says (a proxy), "" follows the URI. ``is_ours``: a daemon of
    this box is at its other end. ``is_for_browsers``: its media are WebRTC's.
    """

    name: str
    peer: str
    via: str
    media_address: str
    rtp_first: int
    rtp_last: int
    provider: ProviderPlan | None = None
    is_ours: bool = False
    is_for_browsers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlan:
    """The whole stack: its one UDP address, its accounts, its limits. With ``own_clock`` the
    daemon steps the conference bridge (``Stack.clock``)."""

    address: str
    port: int
    domain: str
    accounts: Sequence[AccountPlan]
    rate_hz: int = 16000
    max_dialogs: int = 512
    silence_s: float = 10.0  # after so long without audio a party is asked whether it is there
    own_clock: bool = False
    codecs: Mapping[str, int] = field(
        default_factory=lambda: {
            "opus/48000/2": 220,
            "G722/16000/1": 210,
            "PCMA/8000/1": 201,
            "PCMU/8000/1": 200,
        }
    )


PORT = "port:"
"""What the accounts of lines' ports are called: this, and the line's name."""

TRUNK = "trunk:"
"""What the accounts at providers are called: this, and the name that the edge calls them by."""

_PRIVATE_SENDER = '"Anonymous" <sip:anonymous@anonymous.invalid>'

Registered = Callable[[str, int, str], None]
"""Told what a provider says to REGISTER: (account, status, reason phrase); 2xx with no time left
is the end of a registration and comes as status 0."""

Incoming = Callable[[SipCall, Invitation, str], CallEvents]
"""Gives the leg for a new call: (dialog, invitation, account name) to its events."""


class Stack:
    """pjsua2, running on a ``PumpLoop``. One a process."""

    clock: BridgeClock

    def __init__(self, plan: StackPlan, loop: PumpLoop, incoming: Incoming) -> None:
        self._plan = plan
        self._loop = loop
        self._incoming = incoming
        self._dialogs: set[SipCall] = set()
        self._accounts: dict[str, _Account] = {}
        self.registered: Registered = lambda account, status, reason: None
        self.matrix = Matrix()
        self.transfers = Transfers(self)
        # Media threads wait for the interpreter lock; the default 5 ms would be heard.
        sys.setswitchinterval(0.0005)
        self._endpoint = _Endpoint(self)
        self._more_codecs: Mapping[str, int] = {}
        self._is_narrow = False
        self._open()
        self._liveness = Liveness(self, loop, plan.silence_s)

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
        if plan.own_clock:
            self.clock = BridgeClock(endpoint, plan.rate_hz)
        else:
            endpoint.audDevManager().setNullDev()
        self._transport_id = transport_id
        self.add_codecs({})
        for account in plan.accounts:
            self.set_account(account)
        self._loop.drive(endpoint.libHandleEvents)
        gc.collect()
        gc.freeze()

    def add_codecs(self, priorities: Mapping[str, int]) -> None:
        """Have these codecs beside those of the plan, by pjsua's ids ("GSM/8000/1"); the greater
        number is offered first. What an earlier call added and this one does not is gone."""
        self._more_codecs = priorities
        self._choose_codecs()

    def narrow(self, on: bool) -> None:
        """New calls offer and take only codecs of 8 kHz, which cost the processor least, or all
        again. Calls that run go on as they are."""
        self._is_narrow = on
        self._choose_codecs()

    def _choose_codecs(self) -> None:
        wanted = {**self._plan.codecs, **self._more_codecs}
        if self._is_narrow:
            wanted = {name: rank for name, rank in wanted.items() if "/8000/" in name}
        for codec in self._endpoint.codecEnum2():
            self._endpoint.codecSetPriority(codec.codecId, wanted.get(codec.codecId, 0))

    def set_account(self, plan: AccountPlan) -> None:
        """Make an account, or change the one of its name; calls that run go on as they are."""
        config = _account_config(plan, self._plan.domain, self._transport_id)
        account = self._accounts.get(plan.name)
        if account is None:
            account = self._accounts[plan.name] = _Account(self, plan)
            account.create(config)
        elif account.plan != plan:
            account.plan = plan
            account.modify(config)

    def register(self, account: str, *, there: bool = True) -> bool:
        """Register at the account's provider, or end that; whether it could be begun. What comes
        of it is told to ``registered``."""
        try:
            self._accounts[account].setRegistration(there)
        except pj.Error as error:
            log.debug("account %s: %s", account, error.reason)  # one is under way already
            return False
        return True

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
        is_private: bool = False,
    ) -> SipCall:
        """Send an INVITE. Without a ``caller`` it is anonymous; ``is_private``: because the caller
        wants it so (RFC 3323 §4.1, RFC 3325 §9.3).

        Raises:
            NoSlot: the stack is full or the address cannot be used.
        """
        call = SipCall(self, events, uri, account)
        provider = self._accounts[account].plan.provider
        domain = provider.domain if provider else self._plan.domain
        sender = name_addr(caller_name, caller or "anonymous", domain)
        asserted = {} if provider else {"P-Asserted-Identity": sender}
        if is_private and not caller:
            sender, asserted = _PRIVATE_SENDER, {"Privacy": "id"}
        parameters = pj.CallOpParam(True)
        parameters.opt.audioCount = 1
        parameters.opt.videoCount = parameters.opt.textCount = 0
        parameters.txOption.localUri = sender
        parameters.txOption.headers = header_vector({**asserted, **headers})
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
            self.keep(call)
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
        call = SipCall(self, None, "", account.plan.name)
        call._dialog = _Dialog(call, account, prm.callId)
        call.id = call._dialog.getInfo().callIdString
        invite = invitation(prm.rdata.wholeMsg, prm.rdata.srcAddress)
        if self.transfers.take(call):
            self.keep(call)
            return
        if prm.rdata.srcAddress != account.plan.peer:
            log.warning("refused an INVITE from %s: not a peer of ours", prm.rdata.srcAddress)
            # Not here: pjsua goes on with the call when this callback returns.
            self._loop.call_soon(call.refuse, 403)
            return
        call.audio.name = f"{account.plan.name}:{invite.sender.user}"
        self.keep(call)
        call.is_arriving = True
        call.events = self._incoming(call, invite, account.plan.name)
        call.is_arriving = False

    def codecs_of(self, account: str) -> Sequence[str]:
        """The codecs an account is restricted to, the best first; none: those of the stack."""
        found = self._accounts.get(account)
        provider = found.plan.provider if found is not None else None
        return provider.codecs if provider is not None else ()

    def is_ours(self, account: str) -> bool:
        """Whether a daemon of this box is at the other end of an account."""
        found = self._accounts.get(account)
        return found is not None and found.plan.is_ours

    def talking(self) -> list[SipCall]:
        """The dialogs that are answered and have a leg."""
        return [call for call in self._dialogs if call.events is not None and call.is_confirmed]

    def asked(self, call: SipCall, status: int) -> None:
        """What came of asking a party whether it is there."""
        self._liveness.answered(call, status)

    def keep(self, call: SipCall) -> None:
        """Hold on to a dialog until it ends: pjsua does not, and Python would free it."""
        self._dialogs.add(call)

    def account_named(self, name: str) -> _Account | None:
        """The account of this name."""
        return self._accounts.get(name)

    def account_of(self, source: str, message: str = "") -> _Account | None:
        """The account whose peer ``source`` ("address:port") is; of several by way of the edge
        the one at the provider it names, of several ports of lines the one it names, for an offer
        that only browsers make the one for browsers."""
        line = header(message, "X-Markaz-Line")
        for name in (TRUNK + header(message, "X-Markaz-Trunk"), line and PORT + line):
            account = self._accounts.get(name)
            if account is not None and account.plan.peer == source:
                return account
        for_browsers = browser.OFFERS in message
        for account in self._accounts.values():
            if account.plan.peer == source and account.plan.is_for_browsers is for_browsers:
                return account
        return next((one for one in self._accounts.values() if one.plan.peer == source), None)

    def ended(self, call: SipCall) -> None:
        """A dialog is over: forget it and part its audio."""
        self._dialogs.discard(call)
        self.transfers.ended(call)
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
        self._liveness.close()
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
            account = self._stack.account_of(prm.rdata.srcAddress, prm.rdata.wholeMsg)
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

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """pjsua: the provider has answered a REGISTER, or did not."""
        with self._stack.guard("registration"):
            over = prm.code // 100 == 2 and not prm.expiration
            self._stack.registered(self.plan.name, 0 if over else prm.code, prm.reason)


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
    config.idUri = f"sip:{plan.name.removeprefix(PORT)}@{domain}"
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
    if plan.provider is not None:
        set_up(config, plan.provider)
    if plan.is_for_browsers:
        browser.set_up(config, plan.media_address)
    return config
