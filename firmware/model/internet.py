"""Whether there is an internet, judged from several signs, none of which is enough alone.

A *look* asks three things at once: does the way out answer (the gateway), do the name servers
answer what no cache can know, does any provider answer. A silent name server alone is no
outage, and neither is a silent provider. What was seen once may be chance: it takes
``BAD_LOOKS`` looks to believe that the internet is gone, and ``GOOD_S`` without a bad look to
believe that it is back, so that a line that comes and goes does not move calls to and fro.

Pure: looks and the time go in, the standing comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

BAD_LOOKS = 2
GOOD_S = 6.0


class Sign(StrEnum):
    """What one of the three says."""

    YES = "yes"
    NO = "no"
    NONE = "none"  # there is nobody to ask, or it never answered yet and proves nothing


class InternetState(StrEnum):
    UNKNOWN = "unknown"  # nothing was asked yet, or there is nothing to ask
    UP = "up"
    LIMITED = "limited"  # something of it works: see the cause
    DOWN = "down"


class InternetCause(StrEnum):
    """Why it is not up."""

    NOTHING = ""
    NO_ROUTE = "no_route"  # the box has no way out of its own network
    GATEWAY = "gateway"  # the office's router does not answer
    BEYOND = "beyond"  # the router answers, nobody behind it does
    NAMES = "names"  # providers answer, name servers do not
    PROVIDERS = "providers"  # name servers answer, no provider does


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen at one time. ``has_route`` says whether there is a default route."""

    has_route: bool
    gateway: Sign
    names: Sign
    providers: Sign


NOTHING_SEEN = Look(has_route=False, gateway=Sign.NO, names=Sign.NO, providers=Sign.NO)
"""What a look sees of an internet that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Internet:
    """How the internet stands, and since when (in the caller's wall time, Unix seconds)."""

    state: InternetState = InternetState.UNKNOWN
    cause: InternetCause = InternetCause.NOTHING
    since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The standing and what speaks against it: how many looks in a row said that it is down,
    since when (monotonic seconds) they say that it is better than it stands."""

    internet: Internet = Internet()
    bad_looks: int = 0
    better_since: float | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the next look should come at once."""
        return self.bad_looks > 0 and self.internet.state is not InternetState.DOWN


_RANK = {
    InternetState.DOWN: 0,
    InternetState.UNKNOWN: 1,
    InternetState.LIMITED: 2,
    InternetState.UP: 3,
}


def verdict(look: Look) -> tuple[InternetState, InternetCause]:
    """What one look says by itself. An answer from outside outweighs every silence nearer by:
    a router need not answer pings."""
    if Sign.YES not in (look.names, look.providers):
        return _unheard(look)
    if look.names is Sign.NO:
        return InternetState.LIMITED, InternetCause.NAMES
    if look.providers is Sign.NO:
        return InternetState.LIMITED, InternetCause.PROVIDERS
    return InternetState.UP, InternetCause.NOTHING


def _unheard(look: Look) -> tuple[InternetState, InternetCause]:
    """Nobody outside has answered; the nearest cause is the one to mend."""
    if not look.has_route:
        return InternetState.DOWN, InternetCause.NO_ROUTE
    if look.gateway is Sign.NO:
        return InternetState.DOWN, InternetCause.GATEWAY
    if Sign.NO in (look.names, look.providers):
        return InternetState.DOWN, InternetCause.BEYOND
    return InternetState.UNKNOWN, InternetCause.NOTHING


def seen(memory: Memory, look: Look, *, now: float, wall: float) -> Memory:
    """The memory after one more look. ``now`` is monotonic, ``wall`` Unix seconds."""
    state, cause = verdict(look)
    stands = memory.internet
    if state is stands.state:
        return Memory(internet=replace(stands, cause=cause))
    changed = Memory(internet=Internet(state=state, cause=cause, since=wall))
    if state is InternetState.DOWN:
        bad_looks = memory.bad_looks + 1
        return changed if bad_looks >= BAD_LOOKS else Memory(internet=stands, bad_looks=bad_looks)
    if stands.state is InternetState.UNKNOWN or _RANK[state] < _RANK[stands.state]:
        return changed
    since = now if memory.better_since is None else memory.better_since
    return changed if now - since >= GOOD_S else Memory(internet=stands, better_since=since)
