"""The first call that is answered, from a moment on: what "calls are possible" means."""

from __future__ import annotations

import time
from contextlib import closing

from firmware.config.schema import Network
from tests.contract.raw_sip import Telephone
from tests.rig.provider import sdp_of
from tests.rig.until import TooLate

MENU = "600"
_PATIENCE_S = 0.5
"""For one try: whoever starts just then has dropped it."""


def first_answer(network: Network, number: str, password: str, timeout_s: float) -> float:
    """Call the menu again and again until it answers; when that was (``time.monotonic``).

    Raises:
        TooLate: nobody answered.
    """
    end = time.monotonic() + timeout_s
    place = (str(network.sip_address), network.sip_port)
    uri = f"sip:{MENU}@{network.realm}"
    sdp = sdp_of("127.0.0.1", network.rtp_first)
    while time.monotonic() < end:
        caller = Telephone(place, number=number, password=password, realm=network.realm)
        with closing(caller):
            try:
                answer = caller.ask("INVITE", uri, body=sdp, timeout_s=_PATIENCE_S)
            except ConnectionError:  # nobody listens there yet
                continue
            if answer is not None and answer.status == 200:
                return time.monotonic()
    raise TooLate(f"no call to {MENU} is answered within {timeout_s:g} s")
