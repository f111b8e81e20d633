"""The calls of a station line, at most two: one at the front, which its handset hears, and one
behind it that is held, waits, or takes part (``firmware.model.flash``).

A ``Pair`` moves calls between the two places, and with them audio and hold; the line says when.
"""

from __future__ import annotations

from firmware.lined.exchange import Exchange
from firmware.lined.station_call import StationCall
from firmware.model.cause import Cause
from firmware.model.flash import Behind


class Pair:
    """Both calls of the line called ``line``. ``behind`` is NOBODY just when ``second`` is None."""

    def __init__(self, exchange: Exchange, line: str) -> None:
        self._exchange = exchange
        self._line = line
        self.front: StationCall | None = None
        self.second: StationCall | None = None
        self.behind = Behind.NOBODY

    # -- what the user wants --------------------------------------------------------------

    def answer(self) -> None:
        """The front called, or calls back from hold, and is talked to."""
        assert self.front is not None
        if self.front.is_held:
            self._take_back(self.front)
        else:
            self.front.live().answer()

    def start_over(self) -> None:
        """The front is ended."""
        self.end(self.front)
        self.front = None

    def hold(self) -> None:
        """The front is held, and nobody is at the front."""
        self.put_on_hold(self.front)
        self._place(None, self.front, Behind.HELD)

    def take(self) -> None:
        """Who waits is at the front, to be answered; the front, if there is one, is held."""
        waiting, talking = self.second, self.front
        assert waiting is not None
        if talking is not None:
            self.put_on_hold(talking)
        self._place(waiting, talking, Behind.ASIDE if talking is not None else Behind.NOBODY)

    def go_back(self) -> None:
        """The front is ended, and who is held is at the front."""
        self.end(self.front)
        self._take_back(self.second)
        self._place(self.second, None, Behind.NOBODY)

    def swap(self) -> None:
        """The front is held, and who was held is at the front."""
        self.put_on_hold(self.front)
        self._take_back(self.second)
        self._place(self.second, self.front, self.behind)

    def join(self) -> None:
        """All three hear one another."""
        front, second = self.front, self.second
        assert front is not None
        assert second is not None
        self._take_back(second)
        self._exchange.join(second.live(), self._line)
        self._exchange.introduce(front.live(), second.live())
        self.behind = Behind.JOINED

    def part(self) -> None:
        """The front, who came last, is ended; the other is at the front."""
        self.end(self.front)
        self._place(self.second, None, Behind.NOBODY)

    def wait(self, call: StationCall) -> None:
        """Somebody waits."""
        self._place(self.front, call, Behind.WAITING)

    # -- the rest -------------------------------------------------------------------------

    def take_away(self) -> tuple[StationCall | None, StationCall | None]:
        """The front and the second, which whoever asks has from now on."""
        front, second = self.front, self.second
        self._place(None, None, Behind.NOBODY)
        return front, second

    def forget(self, call: StationCall) -> None:
        """A call is over: its place is empty. Who took part is at the front then."""
        if call is self.second:
            self._place(self.front, None, Behind.NOBODY)
        elif call is self.front and self.behind is Behind.JOINED:
            self._place(self.second, None, Behind.NOBODY)
        elif call is self.front:
            self.front = None

    def end(self, call: StationCall | None, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """Hang a call up, if it is there; nothing more is heard of it."""
        if call is not None and call.dialog is not None:
            dialog, call.dialog = call.dialog, None
            call.is_over = True
            self._exchange.forget(dialog, cause)

    def put_on_hold(self, call: StationCall | None) -> None:
        """Hold a call, wherever it is; it hears music."""
        assert call is not None
        self._exchange.part(call.live())
        call.live().hold()
        call.is_held = True

    def _place(self, front: StationCall | None, second: StationCall | None, behind: Behind) -> None:
        self.front, self.second, self.behind = front, second, behind

    def _take_back(self, call: StationCall | None) -> None:
        assert call is not None
        call.live().resume()
        call.is_held = False
