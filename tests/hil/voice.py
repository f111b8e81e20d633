"""A voice modem under test and the simulated exchange it is plugged into."""

from __future__ import annotations

from pathlib import Path

from hw.modem import voice_sim
from hw.modem.voice import VoiceModem
from hw.modem.voice_sim import SimVoiceModem
from tests.hil.mobile import PolledMobile, UsbSocket

KINDS = {"USR5637": voice_sim.USR5637, "CX93010": voice_sim.CX93010}


class SimulatedVoice(PolledMobile):
    """``tests.hil.bench.Mobile`` for a voice modem: ``network`` is its ``SimVoiceModem``."""

    def __init__(self, folder: Path, model: str, socket: UsbSocket) -> None:
        super().__init__(socket)
        self._path = folder / "voice"
        self._kind = KINDS[model]
        self.replug()

    def open(self) -> VoiceModem:
        """See ``Mobile``."""
        (port,) = self._socket.ports()
        self.port = VoiceModem(port.device, self._socket.now_s)
        return self.port

    def pass_network(self) -> None:
        """20 ms of the other side."""
        if self.network is not None:
            self.network.step(self.converse)

    def unplug(self) -> None:
        """See ``Mobile``."""
        self._socket.unplug()
        self.network.close()
        self.network = None

    def replug(self) -> None:
        """See ``Mobile``."""
        self.network = SimVoiceModem(self._path, self._kind)
        self._socket.plug(self._path)

    def close(self) -> None:
        """See ``Mobile``."""
        if self.port is not None:
            self.port.close()
        if self.network is not None:
            self.unplug()
        self._socket.close()
