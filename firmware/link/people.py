"""What switchd can be asked about people: the part of ``SwitchApi`` that the console's page of
personal settings and ``markaz person`` need.

What somebody sets counts at once and is seen in their ``person`` row; ``settings_stored`` says
whether everything set so far is on the disk.
"""

from __future__ import annotations

from typing import Protocol

from firmware.link.rows import FollowRow


class PeopleApi(Protocol):
    """Personal settings. ``number`` is an extension's; each raises KeyError when there is no
    such extension."""

    def set_do_not_disturb(self, number: str, on: bool) -> None:
        """No call rings."""
        ...

    def set_call_waiting(self, number: str, on: bool) -> None:
        """Whether a second call rings while they are in one."""
        ...

    def set_forward(self, *, number: str, kind: str, to: str, after_s: float) -> None:
        """Lead calls elsewhere. ``kind`` is "always", "busy", "no_answer" or "unreachable"; ``to``
        a number as the person would dial it, a destination ("voicemail:101"), or "" to end it;
        ``after_s`` how long it rings before a forward on no answer.

        Raises:
            ValueError: no such kind, it leads nowhere or to the person, or a time out of range.
        """
        ...

    def set_follow_me(self, number: str, on: bool) -> None:
        """Whether the numbers of follow-me ring with the telephone.

        Raises:
            ValueError: there are none.
        """
        ...

    def set_follow_steps(self, number: str, steps: tuple[FollowRow, ...]) -> None:
        """The numbers of follow-me; none ends it.

        Raises:
            ValueError: too many of them, or one that is no telephone.
        """
        ...

    def set_speed_dial(self, number: str, slot: str, to: str) -> None:
        """What a slot (0 to 99) calls; "" empties it.

        Raises:
            ValueError: no such slot, or no number that can be called.
        """
        ...

    def log_in_at(self, number: str, telephone: str) -> None:
        """Hot desk: the person uses the telephone of the extension ``telephone``."""
        ...

    def log_out_of(self, telephone: str) -> None:
        """Hot desk: whoever uses that telephone is back at their own."""
        ...

    def set_wake_up(self, number: str, at: str) -> float:
        """Call the person when the office's clock next shows ``at`` ("0630"); Unix seconds.

        Raises:
            ValueError: no time of day, or too many wait already.
        """
        ...

    def cancel_wake_ups(self, number: str) -> int:
        """Call the person no longer; how many calls that were."""
        ...

    def settings_stored(self) -> bool:
        """Whether everything that was set is on the disk, safe from a power cut."""
        ...
