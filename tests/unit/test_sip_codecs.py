"""Codecs of a session description."""

from __future__ import annotations

import pytest

from firmware.sip.codecs import with_codecs

SDP = (
    "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 96 9 8 0 18 101\r\nc=IN IP4 1.2.3.4\r\n"
    "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:9 G722/8000\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=fmtp:18 annexb=no\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
)


def formats(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("m=audio")).partition("AVP ")[
        2
    ]


@pytest.mark.parametrize(
    ("codecs", "left"),
    [
        (("PCMA",), "8 101"),
        (("G729", "PCMU"), "18 0 101"),
        (("opus", "G722"), "96 9 101"),
        (("GSM",), "96 9 8 0 18 101"),
    ],
    ids=["one", "static, in our order", "dynamic", "none of them: as it was"],
)
def test_only_these_in_this_order(codecs: tuple[str, ...], left: str) -> None:
    assert formats(with_codecs(SDP, codecs)) == left


def test_what_belongs_to_a_codec_goes_with_it_and_the_rest_stays() -> None:
    sdp = with_codecs(SDP, ("PCMA",))
    assert "opus" not in sdp
    assert "annexb" not in sdp
    for kept in ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=sendrecv", "c=IN IP4"):
        assert kept in sdp
    assert sdp.endswith("a=sendrecv\r\n")


def test_other_streams_are_left_alone() -> None:
    fax = "m=image 4002 udptl t38\r\na=T38FaxVersion:0\r\n"
    assert with_codecs(SDP + fax, ("PCMU",)).endswith(fax)
    assert with_codecs("v=0\r\ns=-\r\n" + fax, ("PCMU",)) == "v=0\r\ns=-\r\n" + fax
