"""Short messages by one of the box's SIMs: lined takes them over its link."""

from __future__ import annotations

from firmware.config.home import Home
from firmware.link.api import LinedApi
from firmware.link.client import Link, LinkDown, Refused
from firmware.model.letter import Letter
from firmware.outbox.route import Never, RouteClosed


class SmsRoute:
    """The way by the first SIM that is in a network."""

    at_most_once = True

    def __init__(self, home: Home) -> None:
        self._home = home

    def send(self, letter: Letter) -> None:
        """Route. Once lined has it, it is lined's to send and to try again."""
        try:
            with Link(self._home.link("lined"), "outbox") as link:
                link.call(LinedApi.send_sms, line="", to=letter.recipient, text=letter.body)
        except LinkDown as error:
            raise RouteClosed(str(error)) from error
        except Refused as error:
            if error.kind == "ValueError":
                raise Never(str(error)) from error
            raise RouteClosed(str(error)) from error

    def close(self) -> None:
        """Route. Nothing is open between two letters."""
