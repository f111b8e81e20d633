"""What was learned about a trunk line: each setting with its value, how sure, when and by what.

It is written by accepting a proposal of the line-learning wizard (``firmware.config.learned``);
a technician may take an entry out, and the country's or the default value stands again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from firmware.config.types import Decimal, Section, text
from firmware.model.learning import Setting


class LearnedFrom(StrEnum):
    LEARNED = "learned"  # the wizard's own calls
    CALLS = "calls"  # daily calls


class Learned(Section):
    """One setting of a trunk line that was learned. ``confidence`` is from 0 to 1."""

    setting: Setting
    value: Annotated[str, text(r"^[0-9A-Za-z@/+._-]{1,80}$", "what `markaz line learn` wrote")]
    source: LearnedFrom = LearnedFrom.LEARNED
    date: Annotated[str, text(r"^\d{4}-\d{2}-\d{2}$", "a date as in 2026-11-22")]
    confidence: Annotated[Decimal, Field(ge=0, le=1)]
