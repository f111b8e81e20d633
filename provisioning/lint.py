"""Holds what we tell telephones against the parameter names that other projects are known to use.

The lists in ``phones/known`` are names only, taken from the templates of FusionPBX, Tancredi
and wazo-provd (typing errors of theirs included: a hit is no proof that a telephone obeys).
What they cannot show is that we invented nothing. The first line of a list says how its
numbers are written: ``exact``; ``delimited``, where a number between separators is any number;
``any``, where every number is any number.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from importlib import resources

from provisioning.phones.family import Family

_NUMBERS = {
    "exact": re.compile(r"(?!)"),
    "delimited": re.compile(r"(?<![^._ ])\d+(?![^._ ])"),
    "any": re.compile(r"\d+"),
}


def unknown(family: Family, names: Iterable[str]) -> Sequence[str]:
    """Those of ``names`` that nobody else uses for this family; overrides are checked by it too."""
    if not family.known:
        return ()
    mode, listed = _known(family.known)
    return tuple(
        name
        for name in names
        if shape(_bare(name), mode) not in listed
        and shape(_bare(name), mode) not in family.unlisted
    )


def shape(name: str, mode: str) -> str:
    """``name`` with its numbers as the list writes them."""
    return _NUMBERS[mode].sub("#", name)


def _bare(name: str) -> str:
    """Without the address inside the document: of ``sip/line.1/Transport`` the ``Transport``.

    Families whose documents nest write a name's place before it, and an index after a ``!``.
    """
    return name.rpartition("/")[2].partition("!")[0]


@functools.cache
def _known(name: str) -> tuple[str, frozenset[str]]:
    text = resources.files("provisioning.phones").joinpath("known", f"{name}.txt")
    first, *names = text.read_text(encoding="utf-8").splitlines()
    return first.removeprefix("# numbers: "), frozenset(names)
