"""What switchd can be asked about agents and waiting callers: the part of ``SwitchApi`` for
whoever supervises a call centre. What comes of it is seen in the ``agent`` and ``queue`` rows."""

from __future__ import annotations

from typing import Protocol


class AgentsApi(Protocol):
    """``agent`` is an agent's number, ``queue`` a queue's name. ``caller`` is a call's id, or the
    ``visit`` of a row: only that names who is to be called back.

    Each raises KeyError when there is no such agent, queue or caller."""

    def log_in_agent(self, agent: str, telephone: str) -> None:
        """Let an agent take calls, at the telephone of an extension ("" their own)."""
        ...

    def pause_agent(self, agent: str, reason: str, queue: str) -> None:
        """Give an agent no calls for a while, in one queue or in all (""). ``reason`` is the name
        of one of the configuration's, or "".

        Raises:
            ValueError: there is no such reason.
        """
        ...

    def resume_agent(self, agent: str, queue: str) -> None:
        """End a pause in one queue or in all (""), and the wrap-up."""
        ...

    def extend_wrap_up(self, agent: str, by_s: float) -> None:
        """Give an agent more time after the call.

        Raises:
            ValueError: they are not in wrap-up, or it is no sensible time.
        """
        ...

    def prioritise_caller(self, caller: str, priority: int) -> None:
        """Give a waiting caller another priority: higher goes first, 0 is everybody's."""
        ...

    def move_caller(self, caller: str, to: str) -> None:
        """Lead a waiting caller elsewhere: a destination ("queue:sales").

        Raises:
            ValueError: there is no such place, or they are only to be called back.
        """
        ...

    def withdraw_caller(self, caller: str) -> None:
        """Take a caller, or a callback, out of their queue; the queue's way out for that, if it
        has one, is where they go."""
        ...
