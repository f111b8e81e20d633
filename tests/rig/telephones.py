"""The telephones of one test: made as it needs them, switched off when it is over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware.edge import kamailio, kamailio_rpc
from tests.rig.baresip import Baresip
from tests.rig.box import Box
from tests.rig.desk_phone import DeskPhone
from tests.rig.linphone import Linphone
from tests.rig.telephone import Account, Telephone

TONES_HZ = {"101": 440, "102": 1000, "103": 700, "104": 1500}
"""What each extension's telephone says: no tone is a harmonic of another."""


class Telephones:
    """Telephones at one box; each has registered when it is handed out."""

    def __init__(self, box: Box, folder: Path) -> None:
        self._box = box
        self._folder = folder
        self._stack = ExitStack()
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
        # A telephone that was killed leaves its registration, at which the next test would ring.
        rpc = kamailio.rpc_socket(self._box.home)
        for number in self._box.passwords if rpc.exists() else ():
            kamailio_rpc.forget(rpc, number)

    def account(self, number: str, password: str = "") -> Account:
        """What the telephone of an extension registers with."""
        return Account(
            number=number,
            password=password or self._box.passwords[number],
            server=self._box.sip_server,
        )

    def baresip(self, number: str, *, auto_answer: bool = False, max_calls: int = 4) -> Baresip:
        """baresip as the telephone of an extension.

        Raises:
            TooLate: it does not register.
        """
        telephone = Baresip(
            self.account(number),
            self._place(number),
            self._box.ports,
            tone_hz=TONES_HZ[number],
            auto_answer=auto_answer,
            max_calls=max_calls,
        )
        self.on_leaving(telephone.stop)
        telephone.expect("registered")
        return telephone

    def linphone(self, number: str) -> Linphone:
        """linphone as the telephone of an extension.

        Raises:
            TooLate: it does not register.
        """
        telephone = Linphone(
            self.account(number), self._place(number), self._box.ports, tone_hz=TONES_HZ[number]
        )
        self.on_leaving(telephone.stop)
        telephone.expect("registered")
        return telephone

    def desk_phone(
        self, number: str, *, obeys: bool = True, trace: bool = False, loss_percent: int = 0
    ) -> DeskPhone:
        """A desk telephone with several calls as that of an extension.

        Raises:
            TooLate: it does not register.
        """
        telephone = DeskPhone(
            self.account(number),
            self._place(number),
            self._box.ports,
            tone_hz=TONES_HZ[number],
            obeys=obeys,
            trace=trace,
            loss_percent=loss_percent,
        )
        self.on_leaving(telephone.stop)
        telephone.expect("registered", "")
        return telephone

    def unregistered(
        self, program: type[Baresip] | type[Linphone], number: str, password: str
    ) -> Telephone:
        """A telephone with a password of your own; it is not waited for."""
        telephone = program(
            self.account(number, password),
            self._place(number),
            self._box.ports,
            tone_hz=TONES_HZ[number],
        )
        self.on_leaving(telephone.stop)
        return telephone

    def on_leaving(self, callback: Callable[[], None]) -> None:
        """Do something when the telephones are switched off."""
        self._stack.callback(callback)

    def _place(self, number: str) -> Path:
        return self._folder / f"{number}-{next(self._numbers)}"
