"""The mobile network behind a simulated SIM: a far end that is no wire but a modem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.bench.far import FarEnd, Post
from firmware.bench.party import Party, Script
from hw.modem import sim as sim_modem
from hw.modem.sim import ModemState, SimModem
from hw.signal.caller_id import CallerId
from hw.signal.tone import TonePlan


class MobileFar(FarEnd):
    """The mobile network behind a SIM, and one subscriber of it."""

    kind = "mobile"

    def __init__(
        self,
        name: str,
        plan: TonePlan,
        post: Post,
        wall_clock: Callable[[], float],
        modem: SimModem,
        *,
        another: Callable[[], SimModem] | None = None,
    ) -> None:
        super().__init__(name, plan, post, wall_clock)
        self.modem = modem
        self._another = another
        self._plugged = True

    @property
    def state(self) -> str:
        """The call's."""
        if self.is_out:
            return "unplugged"
        return "cut" if self.is_cut else str(self.modem.state)

    @property
    def is_cut(self) -> bool:
        """Whether there is no network."""
        return not self.modem.in_network

    @property
    def is_out(self) -> bool:
        """Whether the modem is pulled out of the box."""
        return not self._plugged

    @property
    def attended(self) -> bool:
        """Whether the box's calls wait for ``answer``."""
        return self.modem.attended

    @attended.setter
    def attended(self, wanted: bool) -> None:
        self.modem.attended = wanted

    def pull_out(self) -> None:
        """Pull the modem out of the box, in a call too."""
        if self.is_out or self._another is None:
            raise RuntimeError(f"{self.name}: the modem cannot be pulled out")
        self._plugged = False
        self.modem.close()
        self.leave()
        self.report("unplugged")

    def put_back(self) -> None:
        """Plug the modem in: it starts as from the shop."""
        if self._another is None or not self.is_out:
            raise RuntimeError(f"{self.name}: the modem is plugged in")
        attended, self.modem = self.attended, self._another()
        self.modem.attended = attended
        self._plugged = True
        self.report("plugged")

    def answer(self) -> None:
        """The called subscriber lifts."""
        self.modem.answer()

    def refuse(self) -> None:
        """The subscriber is busy."""
        self.modem.refuse()
        self.leave()
        self.report("refused")

    def ring(self, caller: CallerId, script: Script) -> None:
        """Call the SIM."""
        self._is_in()
        party = Party(script, self._plan)
        try:
            self.modem.ring(caller.number)
        except RuntimeError as error:
            party.leave()
            raise RuntimeError(f"{self.name}: {error}") from error
        self._party, self._pressed, self.number = party, "", caller.number
        self.report("ringing")

    def text(self, number: str, text: str) -> None:
        """Somebody sends a short message."""
        self._is_in()
        self.modem.texts.receive(number, text)

    def hang_up(self) -> None:
        """The subscriber hangs up."""
        was_ringing = self.modem.state is ModemState.RINGING
        self.modem.hang_up()
        self.leave()
        self.report("gave_up" if was_ringing else "hung_up")

    def cut(self) -> None:
        """Take the network away."""
        self._is_in()
        self.modem.lose_network()
        self.leave()
        self.report("cut")

    def mend(self) -> None:
        """Bring it back."""
        self._is_in()
        self.modem.find_network()
        self.report("mended")

    def step(self) -> None:
        """20 ms of the network."""
        if self.is_out:
            return
        self.modem.step(self.converse)
        for event in self.modem.events():
            match event:
                case sim_modem.Answered() | sim_modem.FarAnswered():
                    if self._party is None:
                        self._party = Party(Script(), self._plan)
                    self.report("answered")
                case sim_modem.Dialled(number):
                    self.number, self._pressed = number, ""
                    self.report("dialled")
                case sim_modem.BoxHungUp():
                    self.leave()
                    self.report("released")
                case sim_modem.Toned(digit):
                    self._post("far.toned", self.row(digit))
                case sim_modem.Texted(number, text):
                    self._post("far.texted", replace(self.row(text), number=number))

    def close(self) -> None:
        """Unplug the modem."""
        super().close()
        if not self.is_out:
            self.modem.close()

    def _is_in(self) -> None:
        if self.is_out:
            raise RuntimeError(f"{self.name}: the modem is pulled out")
