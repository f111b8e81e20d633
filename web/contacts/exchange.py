"""What the exchange is told of the phonebook."""

from __future__ import annotations

import logging

from flask import current_app

from firmware.config.home import Home
from firmware.link.api import SwitchApi
from firmware.link.client import Link, LinkDown, Refused

log = logging.getLogger(__name__)

_TIMEOUT_S = 5.0


def read_again() -> None:
    """Have switchd know the phonebook as it is now. One that does not run reads it when it
    starts."""
    home: Home = current_app.extensions["markaz-home"]
    try:
        with Link(home.link("switchd"), "web", timeout_s=_TIMEOUT_S) as link:
            link.call(SwitchApi.read_phonebook)
    except (LinkDown, Refused) as error:
        log.warning("switchd was not told of the phonebook: %s", error)
