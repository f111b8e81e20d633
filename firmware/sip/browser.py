"""The account of browsers: media as WebRTC has them (DTLS-SRTP, ICE, one port for RTP and RTCP).

A browser speaks no other kind and a desk telephone mostly not this one, so an INVITE has either.
Measured in facts with Chromium: no relay of media is needed.
"""

from __future__ import annotations

import pjsua2 as pj

OFFERS = "UDP/TLS/RTP/SAVP"
"""What the media line of an offer says that only a browser's account can answer (RFC 8827 §6.5;
with F it is RTP/SAVPF)."""


def set_up(config: pj.AccountConfig, address: str) -> None:
    """Make ``config`` one for browsers, which are told to send to ``address``.

    The sockets listen on every address: pjsua finds none that it would name by itself when it is
    bound to a loopback one. It takes only packets that ICE and DTLS have let through.
    """
    nat = config.natConfig
    nat.iceEnabled = True
    nat.iceNoRtcp = True
    nat.iceTrickle = 0
    nat.iceAggressiveNomination = False
    nat.iceAlwaysUpdate = False
    nat.iceMaxHostCands = 1
    nat.iceManualHost = pj.StringVector([address])
    media = config.mediaConfig
    media.transportConfig.boundAddress = ""
    media.rtcpMuxEnabled = True
    # A browser answers with all it knows and sends the first of them. To agree on one by another
    # INVITE, right after its answer and while media is being set up, may end the call there.
    media.lockCodecEnabled = False
    media.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
    media.srtpSecureSignaling = 0  # the inner side is loopback; the browser speaks TLS to the edge
    media.srtpOpt.keyings = pj.IntVector([pj.PJMEDIA_SRTP_KEYING_DTLS_SRTP])
