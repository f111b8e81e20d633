"""The section ``trunk``: what is accepted, and what is said of what is not."""

from __future__ import annotations

import pytest

from firmware.config import document
from firmware.config.problem import ConfigRejected
from firmware.config.sections.trunks import Transport

GOOD = """
trunk:
  - name: alpha
    host: sip.provider.example
    user: alice
    password: a-password-1
    transport: tls
    srtp: required
    codecs: [g722, pcma]
    sources: [203.0.113.0/24]
  - name: beta
    host: 203.0.113.7
    registers: false
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigRejected) as rejected:
        document.parse(text)
    return [str(problem) for problem in rejected.value.problems]


def test_a_registering_and_a_static_trunk_and_back_again() -> None:
    site = document.parse(GOOD)
    alpha, beta = site.trunk
    assert (alpha.transport, alpha.registers, beta.registers) == (Transport.TLS, True, False)
    assert document.parse(document.dump(site, secrets=True)) == site
    assert "a-password-1" not in document.dump(site, secrets=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("    user: alice\n", ""), "trunk[0].user: is missing"),
        (("    password: a-password-1\n", ""), "trunk[0].password: is missing"),
        (("a-password-1", '"********"'), "is the mask of a shown configuration"),
        (("name: beta", "name: alpha"), "two trunks of this name"),
        (("transport: tls", "transport: udp"), "only secret over TLS"),
        (("[g722, pcma]", "[g722, g722]"), "the same codec twice"),
        (("[g722, pcma]", "[]"), "trunk[0].codecs"),
        (("203.0.113.7", "203.0.113"), "is no IPv4 address"),
        (("sip.provider.example", "sip provider"), "a host's name or IPv4 address"),
        (("transport: tls", "transport: sctp"), "trunk[0].transport"),
        (
            ("registers: false", "registers: false\n    outbound_proxy_port: 5070"),
            "there is no outbound_proxy",
        ),
        (
            ("registers: false", "registers: false\n    route: extension:999"),
            "trunk[1].route",
        ),
        (("registers: false", "registers: false\n    regsiter: true"), "nobody knows this key"),
    ],
)
def test_what_is_wrong_is_said(change: tuple[str, str], said: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    found = problems(text)
    assert any(said in one for one in found), found
    assert not any("a-password-1" in one for one in found)


def test_a_trunk_may_not_have_a_lines_name() -> None:
    line = "line:\n  - name: beta\n    kind: trunk\n    route: ivr:main\n"
    assert any("a line has this name" in one for one in problems(GOOD + line))
