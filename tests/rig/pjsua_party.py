"""A provider made of pjsua2: answers every call with one codec, says a tone, records what it hears.

Run as a program, because a process has one pjsua. Its codecs are the library's own, so what the
box encodes is decoded by another instance and measured.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import pjsua2 as pj


class _Call(pj.Call):
    def __init__(self, party: _Party, call_id: int) -> None:
        super().__init__(party, call_id)
        self._party = party

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua
        """pjsua: audio may flow."""
        state = self.getInfo()
        for media in state.media:
            if media.type == pj.PJMEDIA_TYPE_AUDIO and media.audioConfSlot != pj.PJSUA_INVALID_ID:
                audio = self.getAudioMedia(media.index)
                self._party.tone.startTransmit(audio)
                audio.startTransmit(self._party.ear)
                codec = self.getStreamInfo(media.index).codecName
                sys.stdout.write(f"codec {codec}\n")
                sys.stdout.flush()

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - pjsua
        """pjsua: the call has another state."""
        if self.getInfo().state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self._party.calls.clear()


class _Party(pj.Account):
    def __init__(self, tone: pj.AudioMediaPlayer, ear: pj.AudioMediaRecorder) -> None:
        super().__init__()
        self.tone, self.ear = tone, ear
        self.calls: list[_Call] = []

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802 - pjsua
        """pjsua: a call."""
        call = _Call(self, prm.callId)
        self.calls.append(call)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)


def main() -> int:
    """Serve until SIGTERM."""
    words = argparse.ArgumentParser()
    words.add_argument("--address", required=True)
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--rtp-port", type=int, required=True)
    words.add_argument("--codec", required=True)
    words.add_argument("--tone", type=Path, required=True)
    words.add_argument("--ear", type=Path, required=True)
    asked = words.parse_args()

    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.medConfig.clockRate = config.medConfig.sndClockRate = 16000
    config.medConfig.noVad = True
    endpoint.libInit(config)
    transport = pj.TransportConfig()
    transport.boundAddress, transport.port = asked.address, asked.port
    endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    endpoint.audDevManager().setNullDev()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 200 if codec.codecId == asked.codec else 0)
    tone, ear = pj.AudioMediaPlayer(), pj.AudioMediaRecorder()
    tone.createPlayer(str(asked.tone))
    ear.createRecorder(str(asked.ear))
    party = _Party(tone, ear)
    account = pj.AccountConfig()
    account.idUri = f"sip:{asked.address}:{asked.port}"
    account.mediaConfig.transportConfig.boundAddress = asked.address
    account.mediaConfig.transportConfig.port = asked.rtp_port
    account.sipConfig.ipv6Use = account.mediaConfig.ipv6Use = pj.PJSUA_IPV6_DISABLED
    party.create(account)
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not told:
        endpoint.libHandleEvents(20)
    party.calls.clear()
    del tone, ear, party.tone, party.ear
    endpoint.libDestroy()
    return 0


if __name__ == "__main__":
    sys.exit(main())
