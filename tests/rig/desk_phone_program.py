"""A desk telephone with several calls at once, as a program: pjsua2, told what to do by JSON lines.

``python -m tests.rig.desk_phone_program '{"number": ..., "password": ..., ...}'`` reads one order a
line from its standard input and writes one line for everything that happens. It says its tone in
every call and keeps what it hears of each in ``<folder>/<call>.wav``.
"""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pjsua2 as pj

PUMP_MS = 10
_STILL_PRESSED = 1  # PJMEDIA_STREAM_DTMF_IS_UPDATE


def say(**what: Any) -> None:
    """Tell the test what happened."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class PhoneCall(pj.Call):
    """One call of the telephone."""

    def __init__(self, phone: Phone, name: str, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self.phone = phone
        self.name = name
        self.recorder: pj.AudioMediaRecorder | None = None
        self.holds_by = "sendonly"

    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:
        """pjsua: it holds by "sendonly"; other telephones have other ways (RFC 3264 §8.4)."""
        text = prm.sdp.wholeSdp
        if "a=sendonly" not in text or self.holds_by == "sendonly":
            return
        if self.holds_by == "inactive":
            prm.sdp.wholeSdp = text.replace("a=sendonly", "a=inactive")
        else:
            lines = (
                "c=IN IP4 0.0.0.0" if line.startswith("c=IN IP4") else line
                for line in text.replace("a=sendonly", "a=sendrecv").split("\r\n")
            )
            prm.sdp.wholeSdp = "\r\n".join(lines)

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        """pjsua."""
        state = self.getInfo()
        say(
            call=self.name,
            mark=_MARKS.get(state.state, "unknown"),
            status=state.lastStatusCode,
            id=state.callIdString,
        )
        if state.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.recorder = None
            del self.phone.calls[self.name]

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        """pjsua."""
        state = self.getInfo()
        for media in state.media:
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            say(call=self.name, mark="media", status=int(media.status))
            if media.status != pj.PJSUA_CALL_MEDIA_ACTIVE:
                continue
            audio = self.getAudioMedia(media.index)
            self.phone.tone.startTransmit(audio)
            if self.recorder is None:
                self.recorder = pj.AudioMediaRecorder()
                self.recorder.createRecorder(str(self.phone.folder / f"{self.name}.wav"))
            audio.startTransmit(self.recorder)

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """pjsua."""
        say(call=self.name, mark="transfer", status=prm.statusCode, final=bool(prm.finalNotify))

    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:
        """pjsua."""
        if not prm.flags & _STILL_PRESSED:
            say(call=self.name, mark="key", key=str(prm.digit))


_MARKS = {
    pj.PJSIP_INV_STATE_CALLING: "calling",
    pj.PJSIP_INV_STATE_INCOMING: "incoming",
    pj.PJSIP_INV_STATE_EARLY: "early",
    pj.PJSIP_INV_STATE_CONNECTING: "connecting",
    pj.PJSIP_INV_STATE_CONFIRMED: "established",
    pj.PJSIP_INV_STATE_DISCONNECTED: "ended",
}


class PhoneAccount(pj.Account):
    """The telephone's registration."""

    def __init__(self, phone: Phone) -> None:
        super().__init__()
        self.phone = phone

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        """pjsua."""
        say(call="", mark="registered" if prm.code == 200 else "refused", status=prm.code)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """pjsua."""
        self.phone.ringing(prm.callId, prm.rdata.wholeMsg)


class Phone:
    """The telephone: one account, many calls."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.plan = plan
        self.folder = Path(plan["folder"])
        self.calls: dict[str, PhoneCall] = {}
        self._rung = 0
        self._is_on = True
        self.endpoint = pj.Endpoint()
        self.endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.maxCalls = 8
        config.logConfig.level = config.logConfig.consoleLevel = 0
        if plan.get("trace"):
            config.logConfig.level, config.logConfig.filename = 5, str(self.folder / "trace.log")
        config.medConfig.clockRate = 16000
        config.medConfig.noVad = True
        config.medConfig.rxDropPct = plan["loss_percent"]
        self.endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port, transport.boundAddress = plan["sip_port"], "127.0.0.1"
        self.endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        self.tone = pj.AudioMediaPlayer()
        self.tone.createPlayer(plan["tone"])
        self.account = PhoneAccount(self)
        self.account.create(self._account())

    def _account(self) -> pj.AccountConfig:
        plan, config = self.plan, pj.AccountConfig()
        config.idUri = f"sip:{plan['number']}@{plan['server']}"
        config.regConfig.registrarUri = f"sip:{plan['server']}"
        config.sipConfig.authCreds.append(
            pj.AuthCredInfo("digest", "*", plan["number"], 0, plan["password"])
        )
        config.sipConfig.ipv6Use = config.mediaConfig.ipv6Use = pj.PJSUA_IPV6_DISABLED
        config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
        config.mediaConfig.transportConfig.port = plan["rtp_first"]
        config.mediaConfig.transportConfig.portRange = plan["rtp_last"] - plan["rtp_first"]
        return config

    def ringing(self, call_id: int, message: str) -> None:
        """A call comes in; it is called "in1", "in2" ..."""
        self._rung += 1
        name = f"in{self._rung}"
        call = self.calls[name] = PhoneCall(self, name, call_id)
        say(call=name, mark="invited", message=message, id=call.getInfo().callIdString)
        answers = "answer-after=0" in message and self.plan.get("obeys", True)
        call.answer(_status(200 if answers else 180))

    # -- orders ---------------------------------------------------------------------------

    def dial(self, call: str, number: str, headers: Mapping[str, str]) -> None:
        """Call a number."""
        made = self.calls[call] = PhoneCall(self, call)
        parameters = pj.CallOpParam(True)
        for name, value in headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        made.makeCall(f"sip:{number}@{self.plan['server']}", parameters)

    def answer(self, call: str) -> None:
        """Answer."""
        self.calls[call].answer(_status(200))

    def hang_up(self, call: str, status: int) -> None:
        """Hang up, or refuse with a status."""
        self.calls[call].hangup(_status(status))

    def hold(self, call: str, how: str) -> None:
        """Hold as telephones do: "sendonly", "inactive", or the old way, "0.0.0.0"."""
        self.calls[call].holds_by = how
        self.calls[call].setHold(pj.CallOpParam(True))

    def resume(self, call: str) -> None:
        """Resume."""
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[call].holds_by = "sendonly"
        self.calls[call].reinvite(parameters)

    def press(self, call: str, digits: str) -> None:
        """Press keys (RFC 4733)."""
        self.calls[call].dialDtmf(digits)

    def transfer(self, call: str, uri: str) -> None:
        """Blind transfer: REFER."""
        self.calls[call].xfer(uri, pj.CallOpParam(True))

    def connect(self, call: str, other: str) -> None:
        """Attended transfer: REFER with Replaces, of ``call`` to the party of ``other``."""
        self.calls[call].xferReplaces(self.calls[other], pj.CallOpParam(True))

    def run(self) -> None:
        """Serve until standard input ends."""
        os.set_blocking(0, False)
        unread = b""
        while self._is_on:
            self.endpoint.libHandleEvents(PUMP_MS)
            if not select.select([0], [], [], 0)[0]:
                continue
            more = os.read(0, 65536)
            if not more:
                break
            *lines, unread = (unread + more).split(b"\n")
            for line in lines:
                self._obey(json.loads(line))
        self.endpoint.libHandleEvents(PUMP_MS)
        self.calls.clear()
        self.endpoint.libDestroy()

    def switch_off(self) -> None:
        """Hang up everything and end."""
        self._is_on = False
        self.endpoint.hangupAllCalls()

    def _obey(self, order: dict[str, Any]) -> None:
        what: Callable[..., None] = getattr(self, order.pop("do"))
        try:
            what(**order)
        except pj.Error as error:
            say(call=order.get("call", ""), mark="impossible", reason=error.reason)
        except KeyError as over:  # the other side was quicker and ended it
            say(call=order["call"], mark="impossible", reason=f"there is no call {over}")


def _status(status: int) -> pj.CallOpParam:
    parameters = pj.CallOpParam()
    parameters.statusCode = status
    return parameters


if __name__ == "__main__":
    Phone(json.loads(sys.argv[1])).run()
