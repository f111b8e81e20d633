"""baresip as a telephone: configured by files, ordered and heard over its control socket.

Its sound is files too: it says a tone (module aufile) and writes what it hears as 8 kHz WAV
(module sndfile: ``dump-*-dec.wav``, one a call). Known of version 1.0.0: modules are not found
without ``module_path``; the port after its SIP port is taken for TLS; ``hangup`` of a ringing
call refuses it with 486; sndfile writes in the threads that speak and hear, so that a wait for
the disk is a gap.
"""

from __future__ import annotations

import json
import select
import shutil
import socket
import tempfile
from pathlib import Path

from tests.rig import audio
from tests.rig.audio import Sound
from tests.rig.child import Child
from tests.rig.ports import Block
from tests.rig.telephone import TONE_S, Account, Telephone
from tests.rig.until import until

_MARKS = {
    "REGISTER_OK": "registered",
    "REGISTER_FAIL": "refused",
    "CALL_INCOMING": "incoming",
    "CALL_RINGING": "ringing",
    "CALL_PROGRESS": "early",
    "CALL_ESTABLISHED": "established",
    "CALL_CLOSED": "ended",
}

_CONFIG = """\
module_path /usr/lib/baresip/modules
net_interface {address}
sip_listen {address}:{sip_port}
rtp_ports {rtp_first}-{rtp_last}
call_max_calls {max_calls}
audio_source aufile,{folder}/tone.wav
audio_player aufile,{folder}/played.wav
audio_alert aufile,{folder}/alert.wav
ausrc_srate 8000
snd_path {sounds}
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control_port}
"""


class Baresip(Telephone):
    """A running baresip. ``auto_answer`` lets it answer every call at once."""

    def __init__(
        self,
        account: Account,
        folder: Path,
        ports: Block,
        *,
        tone_hz: int,
        tone_s: float = TONE_S,
        auto_answer: bool = False,
        max_calls: int = 4,
        watches_messages: bool = False,
        address: str = "127.0.0.1",
    ) -> None:
        super().__init__(account, folder, tone_hz, tone_s)
        self.messages: list[str] = []  # what it was told of its mailbox
        self._sounds = Path(tempfile.mkdtemp(prefix="markaz-baresip-", dir="/dev/shm"))
        control = ports.control_port()
        rtp_first, rtp_last = ports.rtp_range()
        (folder / "config").write_text(
            _CONFIG.format(
                folder=folder,
                sounds=self._sounds,
                address=address,
                sip_port=ports.sip_port(),
                control_port=control,
                rtp_first=rtp_first,
                rtp_last=rtp_last,
                max_calls=max_calls,
            )
            + ("module_app mwi.so\n" if watches_messages else "")
        )
        (folder / "accounts").write_text("")
        (folder / "contacts").write_text("")
        self._child = Child(
            f"baresip {account.number}",
            ["baresip", "-s", "-f", str(folder)],
            folder / "baresip.log",
            folder=folder,
        )
        self._control = self._connect(control)
        self._received = b""
        # Not in the accounts file: it would register before anybody hears how that went.
        self._order(
            "uanew",
            f"<sip:{account.number}@{account.server}>;auth_user={account.number}"
            f";auth_pass={account.password};regint=60"
            f";answermode={'auto' if auto_answer else 'manual'}",
        )

    def answer(self) -> None:
        self._order("accept")

    def hang_up(self) -> None:
        self._order("hangup")

    def hold(self) -> None:
        self._order("hold")

    def resume(self) -> None:
        self._order("resume")

    def press(self, digits: str) -> None:
        """Press keys in a call (RFC 4733)."""
        for digit in digits:
            self._order("sndcode", digit)

    def heard(self) -> Sound:
        # Named by the second a call's audio began.
        dumps = sorted(self._sounds.glob("dump-*-dec.wav"))
        return audio.read(dumps[-1]) if dumps else audio.NOTHING

    def stop(self) -> None:
        self._control.close()
        super().stop()
        if self._sounds != self.folder:
            shutil.copytree(self._sounds, self.folder, dirs_exist_ok=True)
            shutil.rmtree(self._sounds)
            self._sounds = self.folder

    def _order_call(self, uri: str) -> None:
        self._order("dial", uri)

    def _order(self, command: str, parameters: str = "") -> None:
        text = json.dumps({"command": command, "params": parameters, "token": "rig"})
        self._control.sendall(f"{len(text)}:{text},".encode())

    def _listen(self, timeout_s: float) -> list[str]:
        if select.select([self._control], [], [], timeout_s)[0]:
            self._received += self._control.recv(65536)
        marks = []
        # netstrings: "12:hello world!,"
        while (colon := self._received.find(b":")) > 0:
            end = colon + 1 + int(self._received[:colon])
            if len(self._received) <= end:
                break
            message = json.loads(self._received[colon + 1 : end])
            self._received = self._received[end + 1 :]
            if message.get("type") == "MWI_NOTIFY":
                self.messages.append(message.get("param", ""))
            if mark := _MARKS.get(message.get("type", "")):
                marks.append(mark)
        return marks

    def _trace(self) -> str:
        return self._child.output()

    def _connect(self, port: int) -> socket.socket:
        def connect() -> socket.socket | None:
            self._child.check()
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1.0)
            except ConnectionRefusedError:
                return None

        control = until(connect, 10.0, "baresip takes orders")
        assert control is not None
        return control
