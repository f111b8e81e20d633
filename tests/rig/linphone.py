"""linphone's console telephone (linphonec): typed at, and understood by its debug log.

It uses files instead of a sound card; what it hears is one 48 kHz WAV file, of its last call.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import numpy as np

from tests.rig.audio import Sound
from tests.rig.child import Child
from tests.rig.ports import Block
from tests.rig.telephone import Account, Telephone
from tests.rig.until import TooLate, until

_STATE = re.compile(r"to \[?Linphone(Registration|Call)(\w+)")
_MARKS = {
    "RegistrationOk": "registered",
    "RegistrationFailed": "refused",
    "CallIncomingReceived": "incoming",
    "CallOutgoingRinging": "ringing",
    "CallOutgoingEarlyMedia": "early",
    "CallConnected": "established",
    "CallEnd": "ended",
    "CallError": "ended",
}

_RATE_HZ = 48000
_HEADER_BYTES = 44

_CONFIG = """\
[sip]
sip_port={sip_port}
sip_tcp_port=0
sip_tls_port=0
bind_address=127.0.0.1
use_ipv6=0
guess_hostname=0
default_proxy=0
register_only_when_network_is_up=0
publish_presence=0
inc_timeout=60

[net]
mtu=1300
dns_srv_enabled=0

[rtp]
audio_rtp_port={rtp_first}-{rtp_last}
bind_address=127.0.0.1

[sound]
echocancellation=0

[audio_codec_0]
mime=PCMA
rate=8000
enabled=1

"""

_TYPED_IN = """
[auth_info_0]
username={number}
passwd={password}
realm=markaz.internal

[proxy_0]
reg_proxy=<sip:{server};transport=udp>
reg_identity=sip:{number}@{server}
reg_expires=60
reg_sendregister=1
publish=0
"""

_FETCHED = """
[misc]
config-uri={address}
"""


class Linphone(Telephone):
    """A running linphonec. With an ``address`` it is told nothing but where to fetch its
    configuration."""

    def __init__(
        self, account: Account, folder: Path, ports: Block, *, tone_hz: int, address: str = ""
    ) -> None:
        super().__init__(account, folder, tone_hz)
        rtp_first, rtp_last = ports.rtp_range()
        (folder / "linphonerc").write_text(
            (_CONFIG + (_FETCHED if address else _TYPED_IN)).format(
                sip_port=ports.sip_port(),
                rtp_first=rtp_first,
                rtp_last=rtp_last,
                address=address,
                number=account.number,
                password=account.password,
                server=account.server,
            )
        )
        (folder / ".local" / "share" / "linphone").mkdir(parents=True)
        self._debug = folder / "debug.log"
        self._read = 0
        self._earlier = 0  # samples heard in calls before this one
        places = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
        self._child = Child(
            f"linphonec {account.number}",
            ["linphonec", "-c", f"{folder}/linphonerc", "-d", "6", "-l", str(self._debug)],
            folder / "linphonec.log",
            environment=dict.fromkeys(places, str(folder)),
            folder=folder,
            keyboard=True,
        )
        self.use_files()

    def use_files(self) -> None:
        """Speak from a file and hear into one. Again after it fetched its configuration, which
        takes the files away; not with a call ringing, of which linphonec dies."""
        self._child.type("soundcard use files")
        self._child.type(f"play {self.tone}")
        self._child.type(f"record {self._recording}")

    def answer(self) -> None:
        self._child.type("answer")

    def hang_up(self) -> None:
        self._child.type("terminate")

    def hold(self) -> None:
        self._child.type("pause")

    def resume(self) -> None:
        self._child.type("resume")

    def heard(self) -> Sound:
        heard = self._all_heard()
        return Sound(heard.samples[self._earlier :], heard.rate_hz)

    @property
    def _recording(self) -> Path:
        return self.folder / "heard.wav"

    def _all_heard(self) -> Sound:
        """What it heard in all its calls: it goes on at the end of the file. The header is
        written when audio stops, so it can be missing, or tell of the last pause."""
        content = self._recording.read_bytes() if self._recording.exists() else b""
        samples = np.frombuffer(content[_HEADER_BYTES : len(content) // 2 * 2], dtype="<i2")
        return Sound(samples.astype(np.float64) / 32768, _RATE_HZ)

    def _order_call(self, uri: str) -> None:
        self._earlier = len(self._all_heard().samples)
        self._child.type(f"call {uri}")

    def _listen(self, timeout_s: float) -> list[str]:
        with contextlib.suppress(TooLate):
            until(lambda: len(self._trace()) > self._read, timeout_s, "linphonec logs something")
        # Up to the last whole line: a line that is still being written is read the next time.
        text = self._trace()
        end = text.rfind("\n") + 1
        said, self._read = text[self._read : end], end
        moves = (line for line in said.splitlines() if "moving from state" in line)
        found = (_STATE.search(line) for line in moves)
        marks = [mark for f in found if f and (mark := _MARKS.get(f[1] + f[2]))]
        if "incoming" in marks:
            self._earlier = len(self._all_heard().samples)
        return marks

    def _trace(self) -> str:
        return self._debug.read_text(errors="replace") if self._debug.exists() else ""
