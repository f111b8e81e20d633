"""One SIM's USSD session as the link sees it: one row that tells how it stands."""

from __future__ import annotations

import time
from collections.abc import Callable

from firmware.lined.poller import Channel
from firmware.link.rows import UssdRow
from hw.modem import port
from hw.modem.ussd import check

_WAITS, _ASKED = "sent", "asked"


class UssdSession:
    """``post`` makes the row known; ``wall_clock`` gives Unix seconds."""

    def __init__(
        self,
        line: str,
        channel: Channel[port.ModemPort],
        post: Callable[[str, UssdRow], None],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._line = line
        self._channel = channel
        self._post = post
        self._wall_clock = wall_clock
        self._state = ""
        self._code = ""

    def send(self, code: str) -> None:
        """See ``LinedApi.ussd``."""
        if self._state == _WAITS:
            raise RuntimeError(f"line {self._line}: {self._code} waits for its answer")
        check(code)
        self._code = code
        self._channel.order(lambda modem: modem.ussd(code))
        self._tell(_WAITS)

    def cancel(self) -> None:
        """See ``LinedApi.cancel_ussd``."""
        self._channel.order(lambda modem: modem.cancel_ussd())

    def on_port(self, event: port.UssdHeard | port.UssdEnded) -> None:
        """The network's word, or the end."""
        if isinstance(event, port.UssdHeard):
            self._tell(_ASKED if event.asks else "answered", text=event.text)
        elif self._state == _WAITS:
            self._tell("failed", fault=event.why)
        elif self._state == _ASKED:
            self._tell("ended", fault=event.why)

    def modem_is_gone(self, why: str) -> None:
        """No answer can come any more."""
        self.on_port(port.UssdEnded(why))

    def _tell(self, state: str, *, text: str = "", fault: str = "") -> None:
        self._state = state
        row = UssdRow(
            id=self._line,
            state=state,
            code=self._code,
            text=text,
            fault=fault,
            at=self._wall_clock(),
        )
        self._post(f"ussd.{state}", row)
