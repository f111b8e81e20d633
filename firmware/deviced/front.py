"""The front of the box: LEDs by their table, the button's gestures, the lifeline, the watchdog.

``tick`` is called ten times a second. The lifeline is held and the watchdog fed only there: when
this loop stops, for whatever reason, both fall.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from firmware.link.board import LedRow
from firmware.link.server import Board
from firmware.model.panel import (
    HOLDING_LOOKS,
    LOOKS,
    Button,
    Gesture,
    Holding,
    Led,
    Look,
    is_lit,
)
from hw.panel.port import Panel
from hw.watchdog.port import Watchdog

log = logging.getLogger(__name__)

TICK_S = 0.1
_FEED_EVERY_S = 1.0


class Front:
    """``words`` gives the word of each LED's table now; ``holds_lifeline`` and ``is_well`` are
    asked at every tick; ``asked`` gets the gestures."""

    def __init__(
        self,
        panel: Panel,
        watchdog: Watchdog | None,
        *,
        board: Board,
        clock: Callable[[], float],
        words: Callable[[], Mapping[Led, str]],
        holds_lifeline: Callable[[], bool],
        is_well: Callable[[], bool],
        asked: Callable[[Gesture], None],
    ) -> None:
        self._panel, self._watchdog, self._board = panel, watchdog, board
        self._clock, self._words = clock, words
        self._holds_lifeline, self._is_well, self._asked = holds_lifeline, is_well, asked
        self._button = Button(started_at=clock())
        self._rows: dict[Led, LedRow] = {}
        self._is_down = False
        self._fed_at = float("-inf")
        self._watchdog_fails = False

    def tick(self) -> None:
        """A tenth of a second has passed."""
        now = self._clock()
        self._look_at_button(now)
        self._light(now)
        self._panel.hold_lifeline(held=self._holds_lifeline())
        if now - self._fed_at >= _FEED_EVERY_S and self._is_well():
            self._fed_at = now
            self._feed()

    def close(self) -> None:
        """Put everything out, in good order."""
        self._panel.close()
        if self._watchdog is not None:
            self._watchdog.close()

    def _look_at_button(self, now: float) -> None:
        is_down = self._panel.is_pressed()
        if is_down and not self._is_down:
            self._button.press(now)
        elif self._is_down and not is_down and (gesture := self._button.release(now)):
            log.info("button: %s", gesture)
            self._asked(gesture)
        self._is_down = is_down

    def _light(self, now: float) -> None:
        holding = self._button.holding(now)
        for led, word in self._words().items():
            look = LOOKS[led][word]
            row = LedRow(id=led, look=look, meaning=word)
            if self._rows.get(led) != row:
                self._rows[led] = row
                self._board.post("led.changed", row)
            shown = look if holding is Holding.NOTHING else HOLDING_LOOKS.get(holding, Look.OFF)
            self._panel.show(led, lit=is_lit(shown, now))

    def _feed(self) -> None:
        if self._watchdog is None:
            return
        try:
            self._watchdog.feed()
        except OSError as error:
            if not self._watchdog_fails:
                log.error("the watchdog cannot be fed: %s", error)
            self._watchdog_fails = True
        else:
            self._watchdog_fails = False
