"""What switchd can be asked about agents and waiting callers: the part of ``SwitchApi`` for
whoever supervises a call centre. What comes of it is seen in the ``agent`` and ``queue`` rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRow:
    """One supervisor who listens in. Its events: began, changed, ended."""

    id: str  # the supervisor's own call, which ends when they hang up
    supervisor: str  # their extension
    agent: str  # whom they hear
    call: str  # the call that they hear
    how: str  # Listening of firmware.model.listening
    is_on: bool  # False while their telephone rings


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAlertRow:
    """A figure of a queue that is beyond its limit. Its events: raised, changed, cleared."""

    id: str  # the alert's name and the queue's: "slow/support"
    alert: str
    queue: str
    figure: str  # Figure of firmware.model.queue_alert
    value: float  # seconds, callers, agents or percent
    limit: float
    since: float  # Unix seconds


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

    def listen_in(self, *, supervisor: str, call_id: str, agent: str, how: str) -> str:
        """Ring an extension's telephones, and let whoever answers hear the talk of ``agent`` in a
        call; the new call's id, of which ``hang_up`` is the end. ``how`` is Listening of
        ``firmware.model.listening``.

        Raises:
            KeyError: no such extension or call.
            ValueError: the agent does not talk in it, the supervisor does or listens in already,
                or ``how`` is no way of listening.
        """
        ...

    def change_listening(self, listening: str, how: str) -> None:
        """Listen in another way, or take the agent's place.

        Raises:
            KeyError: nobody listens in by that call.
            ValueError: the agent does not talk any more, or ``how`` is no way of listening.
        """
        ...
