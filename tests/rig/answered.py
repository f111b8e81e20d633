"""The first call that is answered and heard, from a moment on: what "calls are possible" means."""

from __future__ import annotations

import select
import socket
import time
from contextlib import closing

from firmware.config.schema import Network
from tests.contract.raw_sip import Message, Telephone
from tests.rig.provider import sdp_of
from tests.rig.until import TooLate

MENU = "600"
_PATIENCE_S = 0.5
"""For one try: whoever starts just then has dropped it."""


def first_answer(
    network: Network, number: str, password: str, timeout_s: float, *, called: str = MENU
) -> float:
    """Call the menu (or ``called``) again and again until it answers by 200 and its voice arrives
    as RTP; when its first packet did (``time.monotonic``).

    Raises:
        TooLate: nobody answered.
    """
    end = time.monotonic() + timeout_s
    place = (str(network.sip_address), network.sip_port)
    uri = f"sip:{called}@{network.realm}"
    while time.monotonic() < end:
        # From the box's own address, whose questions Kamailio does not count as a flood.
        caller = Telephone(
            place, address=(place[0], 0), number=number, password=password, realm=network.realm
        )
        with closing(caller), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as audio:
            audio.bind(("127.0.0.1", 0))
            sdp = sdp_of(*audio.getsockname())
            try:
                answer = caller.ask("INVITE", uri, body=sdp, timeout_s=_PATIENCE_S)
            except ConnectionError:  # nobody listens there yet
                continue
            if answer is None or answer.status != 200:
                continue
            _in_dialog(caller, "ACK", answer)
            heard, _, _ = select.select([audio], [], [], _PATIENCE_S)
            at = time.monotonic()
            caller.cseq += 1
            _in_dialog(caller, "BYE", answer)
            if heard:
                return at
    raise TooLate(f"no call to {called} is answered within {timeout_s:g} s")


def _in_dialog(caller: Telephone, method: str, answer: Message) -> None:
    """A request of the call that ``answer`` answered (RFC 3261 §12.2.1.1)."""
    target = answer.get("Contact").partition("<")[2].partition(">")[0]
    routes = [f"Route: {route}" for route in reversed(answer.all("Record-Route"))]
    caller.send(caller.text(method, target, routes, to=answer.get("To")))
