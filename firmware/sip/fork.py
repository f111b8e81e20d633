"""A fork: several INVITEs for one leg, where a person has more than one telephone.

An INVITE has either the media of a desk telephone or those of a browser, so a person with both is
called by two. Whoever answers first is the leg's dialog from then on; the others are told that
the call was answered elsewhere, and show no missed call. The leg sees one dialog that rings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from firmware.model.cause import Cause
from firmware.model.quality import Stream
from firmware.sip.call import CallEvents, SipCall, Sounding
from firmware.sip.media import Matrix, Node

Branch = Callable[[CallEvents], SipCall]
"""Sends one INVITE whose dialog tells these events (``Stack.dial``)."""

_SAYS_MOST = (Cause.NO_ANSWER, Cause.USER_BUSY)
_SAYS_LEAST = Cause.SUBSCRIBER_ABSENT
"""A telephone that is not there says nothing where another one rang."""


@runtime_checkable
class ForkEvents(CallEvents, Protocol):
    """``CallEvents`` of a leg that rings at several telephones."""

    def on_settled(self, dialog: SipCall) -> None:
        """``dialog`` carries the leg from now on; its answer follows."""
        ...


class Fork:
    """What a leg holds until one of its telephones answers.

    Raises:
        NoSlot: not one INVITE could be sent.
    """

    def __init__(self, matrix: Matrix, events: ForkEvents, branches: Sequence[Branch]) -> None:
        self.events: CallEvents | None = events
        self.audio = Node("fork")
        self.id = ""
        self.streams: Sequence[Stream] = ()
        self._matrix = matrix
        self._is_over = self._hung_up = False
        self._causes: list[Cause] = []
        self._arms: list[_Arm] = []
        self._left = len(branches)
        refusals = [refusal for branch in branches if (refusal := self._send(branch))]
        if len(refusals) == len(branches):
            raise refusals[0]
        for _ in refusals:
            self._ended(Cause.SWITCH_CONGESTION)

    def _send(self, branch: Branch) -> RuntimeError | None:
        arm = _Arm(self)
        try:
            arm.call = branch(arm)
        except RuntimeError as refusal:  # NoSlot: another telephone may still ring
            return refusal
        self._arms.append(arm)
        return None

    # -- what the leg orders --------------------------------------------------------------

    def ring(self) -> None:
        """Said to callers only."""

    def progress(self) -> None:
        """Said to callers only."""

    def answer(self) -> None:
        """Said to callers only."""

    def send_digits(self, digits: str) -> None:
        """Nobody is there yet who would hear them."""

    def hang_up(self, cause: Cause = Cause.NORMAL_CLEARING) -> None:
        """Let no telephone ring any more."""
        self._hung_up = True
        for arm in self._arms:
            arm.hang_up(cause)

    def swap_audio(self, other: Sounding) -> None:
        """Exchange the places in the matrix with ``other``: each is heard where the other was."""
        self._matrix.swap(self.audio, other.audio)
        self.audio, other.audio = other.audio, self.audio

    # -- what the telephones tell ---------------------------------------------------------

    def rang(self) -> None:
        """One of them rings."""
        if self.events is not None and not self._is_over:
            self.events.on_ringing()

    def answered(self, arm: _Arm) -> None:
        """One of them is picked up: it is the leg's. Of two at once the second comes too late, and
        so does an answer that crossed our hanging up: nobody would ever end that call."""
        if self._hung_up:
            arm.hang_up(Cause.NORMAL_CLEARING)
            return
        if self._is_over or arm.call is None or not isinstance(self.events, ForkEvents):
            arm.hang_up(Cause.ANSWERED_ELSEWHERE)
            return
        self._is_over = True
        events, winner = self.events, arm.call
        winner.events = events
        winner.swap_audio(self)
        for other in self._arms:
            if other is not arm:
                other.hang_up(Cause.ANSWERED_ELSEWHERE)
        events.on_settled(winner)
        events.on_answered()

    def ended(self, arm: _Arm, cause: Cause) -> None:
        """One of them will not answer. Who rejects a call rejects it everywhere."""
        if cause is Cause.CALL_REJECTED and not self._is_over:
            for other in self._arms:
                if other is not arm:
                    other.hang_up(Cause.CALL_REJECTED)
        self._ended(cause)

    def _ended(self, cause: Cause) -> None:
        self._left -= 1
        self._causes.append(cause)
        if self._left == 0 and not self._is_over and self.events is not None:
            self._is_over = True
            self.events.on_ended(_why(self._causes), by_them=not self._hung_up)


class _Arm:
    """The events of one telephone of a fork, until the leg takes its dialog over."""

    def __init__(self, fork: Fork) -> None:
        self._fork = fork
        self.call: SipCall | None = None

    def hang_up(self, cause: Cause) -> None:
        if self.call is not None:
            self.call.hang_up(cause)

    def on_ringing(self) -> None:
        self._fork.rang()

    def on_progress(self) -> None:
        self._fork.rang()  # of two that play something only one could be heard

    def on_answered(self) -> None:
        self._fork.answered(self)

    def on_held(self, held: bool) -> None:
        """It came too late and is being hung up."""

    def on_digit(self, digit: str) -> None:
        """It came too late and is being hung up."""

    def on_ended(self, cause: Cause, by_them: bool) -> None:
        self._fork.ended(self, cause)


def _why(causes: Sequence[Cause]) -> Cause:
    """Of the causes of all telephones, the one that says most."""
    if Cause.CALL_REJECTED in causes:
        return Cause.CALL_REJECTED
    telling = [cause for cause in _SAYS_MOST if cause in causes]
    there = [cause for cause in causes if cause is not _SAYS_LEAST]
    return (telling or there or [_SAYS_LEAST])[0]
