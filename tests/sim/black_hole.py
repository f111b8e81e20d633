"""A box whose name servers fall silent: run in a network of its own by ``test_trunk_names``.

It prints a line of JSON for each phase and waits for a line on its input before the next.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from firmware.config.schema import Site
from firmware.config.sections.trunks import Trunk
from tests.contract.raw_sip import Telephone
from tests.rig.box import Box, LeanBox
from tests.rig.provider import Provider, sdp_of
from tests.rig.telephones import Telephones
from tests.rig.until import until
from tests.sim.trunk_stage import trunk, until_state

NAME = "provider.example"
ADDRESS = "127.0.0.61"
PORT = 15555
CALLS = 15


def _site(given: Site) -> Site:
    named = Trunk.model_validate(
        {"name": "named", "host": NAME, "user": "alice", "password": "a-password-1"}
    )
    return given.model_copy(update={"trunk": (named,)})


def set_up_s(box: Box, number: str, calls: int = CALLS) -> Iterator[float]:
    """For each of some calls to ``number``: seconds from the INVITE to the ringing."""
    for _ in range(calls):
        with placed(box, number) as (caller, began):
            yield _ringing(caller) - began


@contextmanager
def placed(box: Box, number: str) -> Iterator[tuple[Telephone, float]]:
    """A call from 103 to ``number``, whose INVITE went out at that time (``perf_counter``); it is
    cancelled in the end."""
    network = box.network
    place = (str(network.sip_address), network.sip_port)
    caller = Telephone(place, number="103", password=box.passwords["103"], realm=network.realm)
    with closing(caller):
        uri = f"sip:{number}@{network.realm}"
        sdp = sdp_of("127.0.0.1", box.ports.media_port())
        challenge = caller.ask_once("INVITE", uri, body=sdp)
        assert challenge is not None
        caller.acknowledge(uri, challenge)
        caller.cseq += 1
        credentials = caller.credentials("INVITE", uri, challenge)
        invite = caller.text("INVITE", uri, [credentials], to=f"<{uri}>", body=sdp)
        began = time.perf_counter()
        caller.send(invite)
        yield caller, began
        lines = [line for line in invite.split("\r\n") if line.startswith(("Via", "From", "To"))]
        lines = [f"CANCEL {uri} SIP/2.0", *lines, f"Call-ID: {caller.call_id}"]
        lines += [f"CSeq: {caller.cseq} CANCEL", "Max-Forwards: 70", "Content-Length: 0", "", ""]
        caller.send("\r\n".join(lines))
        caller.receive_final(f"{caller.cseq} INVITE", 5.0)


def _ringing(caller: Telephone) -> float:
    end = time.monotonic() + 10.0
    while (left := end - time.monotonic()) > 0:
        message = caller.receive(left)
        if message is not None and message.status == 180:
            return time.perf_counter()
    raise AssertionError("it did not ring within ten seconds")


def _phase(box: Box, name: str) -> None:
    figures = {
        kind: [round(1000 * s, 1) for s in set_up_s(box, number)]
        for kind, number in (("sip", "102"), ("analogue", "201"))
    }
    figures_of = {"phase": name, "trunk": trunk(box, "named").state, **figures}
    sys.stdout.write(json.dumps(figures_of) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Both phases."""
    daemons = ("bench", "kamailio", "edge", "switchd", "lined")
    with (
        LeanBox(*daemons, shape=_site) as box,
        Provider(ADDRESS, PORT, users={"alice": "a-password-1"}),
        Telephones(box, Path(tempfile.mkdtemp())) as telephones,
    ):
        telephones.baresip("102", max_calls=100)
        until_state(box, "named", "registered", 30.0)
        _phase(box, "names answered")
        sys.stdin.readline()
        for daemon in ("switchd", "edge", "kamailio"):
            box.stop(daemon)
        for daemon in ("kamailio", "edge", "switchd"):
            box.start(daemon)
        until_state(box, "named", "registered", 40.0)
        until(lambda: "lifetime expired" in box.log("edge"), 30.0, "a name server is silent")
        _phase(box, "names black-holed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
