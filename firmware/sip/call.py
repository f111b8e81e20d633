"""One SIP dialog: the thin handle between a leg and pjsua.

``SipCall`` is what a daemon holds; the ``pj.Call`` behind it has this one owner and is dropped
inside its DISCONNECTED callback. Orders to a dialog that has just ended are lawful and do
nothing: the end is on its way as ``on_ended``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pjsua2 as pj

from firmware.model.cause import Cause, cause_of, reason_header, status_of
from firmware.model.quality import Stream
from firmware.sip.codecs import with_codecs
from firmware.sip.media import Node
from firmware.sip.message import reason_cause
from firmware.sip.streams import stream_of

if TYPE_CHECKING:
    from firmware.sip.stack import Stack
    from firmware.sip.transfer import TransferRequest

log = logging.getLogger(__name__)

_RETRY_AFTER_S = "5"  # RFC 3261 §20.33: a full exchange is worth another try soon
_DTMF_IS_UPDATE = 1  # PJMEDIA_STREAM_DTMF_IS_UPDATE: the same digit, still pressed


class CallEvents(Protocol):
    """What a dialog tells its leg, in the daemon's own thread."""

    def on_ringing(self) -> None:
        """The other side sent 180."""
        ...

    def on_progress(self) -> None:
        """The other side sent 183 with a session: early media may be heard."""
        ...

    def on_answered(self) -> None:
        """The dialog is confirmed: 200 and ACK."""
        ...

    def on_held(self, held: bool) -> None:
        """The other side holds us (True) or takes us back (False) by re-INVITE."""
        ...

    def on_digit(self, digit: str) -> None:
        """The other side pressed a key (RFC 4733 or SIP INFO)."""
        ...

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        """The dialog is over; nothing follows."""
        ...


@runtime_checkable
class TransferEvents(CallEvents, Protocol):
    """``CallEvents`` of a leg that can be transferred; to any other a REFER is declined."""

    def on_transfer(self, request: TransferRequest) -> None:
        """The other side wants the party it talks to elsewhere (REFER)."""
        ...


@runtime_checkable
class TransferorEvents(CallEvents, Protocol):
    """``CallEvents`` of a leg that transfers: it hears what becomes of its REFER."""

    def on_transfer_told(self, status: int, is_final: bool) -> None:
        """How far the other side has come, as a SIP status (RFC 3515 §2.4.5)."""
        ...


@runtime_checkable
class HearingEvents(CallEvents, Protocol):
    """``CallEvents`` of a leg that wants to know what a daemon of ours hears on a line."""

    def on_heard(self, what: str) -> None:
        """The other side heard something that is no speech: "fax: cng"."""
        ...


class Sounding(Protocol):
    """What has a place in the matrix."""

    audio: Node


class SipCall:
    """A dialog, ours or theirs. ``audio`` is its media node; ``id`` its Call-ID; ``account``
    the name of the stack's account it runs over."""

    def __init__(self, stack: Stack, events: CallEvents | None, name: str, account: str) -> None:
        self._stack = stack
        self._dialog: _Dialog | None = None
        self._hung_up = False
        self._is_lost = False
        self.is_arriving = False
        """Whether pjsua is still telling of it. An end that is ordered now would lose its headers:
        it is carried out when pjsua has returned."""
        self.is_confirmed = False
        self.account = account
        self.events = events
        self.audio = Node(name)
        self.id = ""
        self.streams: list[Stream] = []
        """The streams of audio that are over, with what was counted of them."""

    def ring(self) -> None:
        """Send 180."""
        self._answer(180)

    def progress(self) -> None:
        """Send 183 with a session, so that prompts are heard before the answer."""
        self._answer(183)

    def answer(self) -> None:
        """Send 200."""
        self._answer(200)

    def hang_up(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """End the dialog as its state asks: a refusal, CANCEL or BYE, with the cause."""
        if self._dialog is None or self._hung_up:
            return
        self._hung_up = True
        status = status_of(cause)
        headers = {"Reason": reason_header(cause)}
        if status == 503:
            headers["Retry-After"] = _RETRY_AFTER_S
        parameters = _parameters(status, headers)

        def end() -> None:
            self._try("hang up", lambda d: d.hangup(parameters))

        if self.is_arriving:
            self._stack.hand_over(end)
        else:
            end()

    def refuse(self, status: int) -> None:
        """Refuse a new dialog with a bare status, which tells a stranger nothing."""
        if not self._hung_up:
            self._hung_up = True
            self._try(f"refuse with {status}", lambda d: d.hangup(_parameters(status, {})))

    def packets_heard(self) -> int:
        """How many packets of audio have come; 0 where there is no audio."""
        try:
            stream = self._dialog.getStreamStat(0) if self._dialog is not None else None
        except pj.Error:  # its media are just being made anew
            return 0
        return int(stream.rtcp.rxStat.pkt) if stream is not None else 0

    def packets_missed(self) -> tuple[int, int]:
        """How many packets were lost or left out (pjmedia's jitter buffer does not tell the two
        apart: it shrinks after a stall), and how many were not there when they were needed."""
        try:
            stream = self._dialog.getStreamStat(0) if self._dialog is not None else None
        except pj.Error:  # its media are just being made anew
            return 0, 0
        if stream is None:
            return 0, 0
        return int(stream.jbuf.lost), int(stream.jbuf.empty) + int(stream.jbuf.discard)

    def ask_whether_there(self) -> None:
        """Ask the party whether it is still there; ``Liveness.answered`` hears."""
        question = pj.CallSendRequestParam()
        question.method = "OPTIONS"
        self._try("ask whether it is there", lambda d: d.sendRequest(question))

    def lose(self) -> None:
        """The party is not there any more: end the dialog as if it had ended it."""
        self._is_lost = True
        self._try("end a lost dialog", lambda d: d.hangup(_parameters(0, {})))

    def swap_audio(self, other: Sounding) -> None:
        """Exchange the places in the matrix with ``other``: each is heard where the other was."""
        self._stack.matrix.swap(self.audio, other.audio)
        self.audio, other.audio = other.audio, self.audio

    def send_digits(self, digits: str) -> None:
        """Press keys, as RFC 4733 events."""
        self._try("send digits", lambda d: d.dialDtmf(digits))

    def tell(self, what: str) -> None:
        """Tell another daemon of ours what is heard (``HearingEvents.on_heard``)."""
        message = pj.SendInstantMessageParam()
        message.contentType, message.content = "text/plain", what
        self._try("tell what is heard", lambda d: d.sendInstantMessage(message))

    def hold(self) -> None:
        """Hold the other side: we only send (RFC 3264 §8.4)."""
        self._try("hold", lambda d: d.setHold(_audio_only()))

    def resume(self) -> None:
        """Take the other side back."""
        parameters = _audio_only()
        parameters.opt.flag |= pj.PJSUA_CALL_UNHOLD
        self._try("resume", lambda d: d.reinvite(parameters))

    def refer(self, uri: str) -> None:
        """Ask the other side to connect whoever we talk to with ``uri`` (RFC 3515)."""
        self._try("refer", lambda d: d.xfer(uri, pj.CallOpParam(True)))

    def _answer(self, status: int) -> None:
        if not self._hung_up:
            self._try(f"answer {status}", lambda d: d.answer(_parameters(status, {})))

    def _try(self, what: str, order: object) -> None:
        dialog = self._dialog
        if dialog is None:
            return
        try:
            order(dialog)  # type: ignore[operator]
        except pj.Error as error:
            log.warning("call %s: cannot %s: %s", self.id, what, error.reason)


class _Dialog(pj.Call):
    """pjsua's call object; ``owner`` is cleared when it ends so that Python frees it at once."""

    def __init__(self, owner: SipCall, account: pj.Account, call_id: int) -> None:
        super().__init__(account, call_id)
        self.owner: SipCall | None = owner
        self._held = False

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """pjsua: the INVITE session changed state."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("call state"):
            self._follow(owner, prm)

    def _follow(self, owner: SipCall, prm: pj.OnCallStateParam) -> None:
        state = self.getInfo()
        events = owner.events
        if state.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.owner = None
            owner._dialog = None
            owner._stack.ended(owner)
            if events is not None:
                cause = _final_cause(prm, state.lastStatusCode)
                if owner._is_lost:
                    cause = Cause.NETWORK_OUT_OF_ORDER
                events.on_ended(cause, by_them=not owner._hung_up)
        elif state.state == pj.PJSIP_INV_STATE_CALLING and not owner.id:
            owner.id = state.callIdString
        elif events is None:
            return
        elif state.state == pj.PJSIP_INV_STATE_CONFIRMED:
            owner.is_confirmed = True
            events.on_answered()
        elif state.state == pj.PJSIP_INV_STATE_EARLY and state.role == pj.PJSIP_ROLE_UAC:
            if state.lastStatusCode == 183:
                events.on_progress()
            else:
                events.on_ringing()

    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:
        """pjsua: a stream is about to go, by a re-INVITE or with the dialog."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("stream"):
            stream = stream_of(self, prm.streamIdx)
            if stream is not None:
                owner.streams.append(stream)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """pjsua: the session's media started, stopped, or changed its direction."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("call media"):
            self._follow_media(owner)

    def _follow_media(self, owner: SipCall) -> None:
        port, held = None, False
        state = self.getInfo()  # kept in a name: SWIG frees the list with its owner
        for media in state.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
            usable = held or media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
            if usable and media.audioConfSlot != pj.PJSUA_INVALID_ID:
                port = self.getAudioMedia(media.index)
            break
        owner._stack.matrix.moved(owner.audio, port)
        if held != self._held:
            self._held = held
            if owner.events is not None:
                owner.events.on_held(held)

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """pjsua: a REFER. pjsua calls its target itself; see ``firmware.sip.transfer``."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("transfer request"):
            owner._stack.transfers.asked(owner, prm)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """pjsua: what has become of our REFER so far."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("transfer status"):
            if isinstance(owner.events, TransferorEvents):
                owner.events.on_transfer_told(prm.statusCode, prm.finalNotify)

    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:
        """pjsua: what we are about to say of our media; a provider may want less."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("session description"):
            codecs = owner._stack.codecs_of(owner.account)
            if codecs:
                prm.sdp.wholeSdp = with_codecs(prm.sdp.wholeSdp, codecs)

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """pjsua: a transaction within the dialog went on. Only the end of our OPTIONS counts."""
        owner = self.owner
        transaction = prm.e.body.tsxState.tsx
        if (
            owner is None
            or transaction.method != "OPTIONS"
            or transaction.role != pj.PJSIP_ROLE_UAC
        ):
            return
        if transaction.state in (pj.PJSIP_TSX_STATE_COMPLETED, pj.PJSIP_TSX_STATE_TERMINATED):
            with owner._stack.guard("transaction"):
                owner._stack.asked(owner, transaction.statusCode)

    def onInstantMessage(self, prm: pj.OnInstantMessageParam) -> None:
        """pjsua: a MESSAGE within the dialog. Only our own daemons are believed."""
        owner = self.owner
        if owner is None:
            return
        with owner._stack.guard("message"):
            if isinstance(owner.events, HearingEvents) and owner._stack.is_ours(owner.account):
                owner.events.on_heard(prm.msgBody.strip())

    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:
        """pjsua: a key; called from a media thread, so it is only handed over."""
        owner = self.owner
        if owner is not None and not prm.flags & _DTMF_IS_UPDATE:
            owner._stack.hand_over(_deliver_digit, owner, str(prm.digit))


def _deliver_digit(owner: SipCall, digit: str) -> None:
    if owner.events is not None and owner._dialog is not None:
        owner.events.on_digit(digit)


def _final_cause(prm: pj.OnCallStateParam, status: int) -> Cause:
    """Why a dialog ended: the peer's Reason header (RFC 3326) before the status code."""
    number = None
    if prm.e.type == pj.PJSIP_EVENT_TSX_STATE and (
        prm.e.body.tsxState.type == pj.PJSIP_EVENT_RX_MSG
    ):
        number = reason_cause(prm.e.body.tsxState.src.rdata.wholeMsg)
    if number is not None and number in Cause._value2member_map_:
        return Cause(number)
    return cause_of(status)


def _parameters(status: int, headers: Mapping[str, str]) -> pj.CallOpParam:
    parameters = pj.CallOpParam()
    parameters.statusCode = status
    if headers:
        parameters.txOption.headers = header_vector(headers)
    return parameters


def _audio_only() -> pj.CallOpParam:
    parameters = pj.CallOpParam(True)
    parameters.opt.audioCount = 1
    parameters.opt.videoCount = parameters.opt.textCount = 0
    return parameters


def header_vector(headers: Mapping[str, str]) -> pj.SipHeaderVector:
    """Headers as pjsua takes them."""
    vector = pj.SipHeaderVector()
    for name, value in headers.items():
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        vector.append(header)
    return vector
