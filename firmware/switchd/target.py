"""Where a leg is sent: everything an INVITE of ours needs beside the call it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A call's way to the world outside."""

    route: str  # the outbound route, "" of an emergency call
    extension: str  # who answers for it, "" for the office itself
    is_emergency: bool = False
    is_over: bool = False  # the call goes on inside
    way: str = ""  # the line or trunk it goes out by, once there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One telephone, line or trunk, and how it is called there.

    ``caller`` and ``caller_name`` are what the called party is shown; None shows the call's own.
    """

    account: str  # of the SIP stack
    uri: str
    party: str  # the number or line the leg stands for
    line: str = ""  # the analogue line or SIM it is on
    way: str = ""  # the trunk line, SIM or SIP trunk it goes out by
    caller: str | None = None
    caller_name: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    beside: Target | None = None  # another telephone of the same person, which rings as well

    def with_headers(self, headers: Mapping[str, str]) -> Target:
        """The same, with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def alone(self) -> Target:
        """The same, and no other telephone rings beside it."""
        return replace(self, beside=None)

    def showing(self, caller: str, caller_name: str) -> Target:
        """The same, shown another caller than the call's own."""
        return replace(self, caller=caller, caller_name=caller_name)
