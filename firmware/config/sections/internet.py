"""The section ``internet``: how the box finds out whether there is one, and who is told.

Nobody is asked who is not needed anyway: the office's own router, its name servers, and the
providers of the trunks. Without a trunk, a mail server or ``names`` nothing is asked at all.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from firmware.config.sections.trunks import Host
from firmware.config.types import Decimal, Number, Section, Truth


class Internet(Section):
    """Watching the internet. An outage is seen after two looks, the second at once."""

    watch: Truth = True
    look_every_s: Annotated[Decimal, Field(ge=1, le=60)] = 2.0
    gateway: Truth = True  # asks the default route's router whether it is there
    names: tuple[Host, ...] = ()  # whose name servers prove it; none: those of the trunks' hosts
    lamp: Number | None = None  # a number telephones may watch: lit without internet
