"""A round: one caller lets several telephones ring, and the first answer wins.

However many answer in the same instant, exactly one is joined; the others are told that the
call was completed elsewhere, so that their telephones show no missed call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from firmware.model.cause import Cause
from firmware.model.ringing import Turn
from firmware.sip.stack import NoSlot
from firmware.switchd.call import Call
from firmware.switchd.leg import Leg, LegGone
from firmware.switchd.target import Target

Targets = Callable[[Turn], Iterable[Target]]
"""The ways to the telephone of a turn, the best first; none when it must not ring now."""

Consent = Callable[[Leg], Awaitable[bool]]
"""Asks who has answered whether they take the call."""

_TRY_NEXT = frozenset(
    {
        Cause.NO_CIRCUIT,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.TEMPORARY_FAILURE,
        Cause.SWITCH_CONGESTION,
        Cause.INTERWORKING,
    }
)
"""Causes that say something of the way, not of the telephone at its end."""

_RANG_OUT = frozenset({Cause.SUBSCRIBER_ABSENT, Cause.NO_USER_RESPONDING})
"""What telephones answer (480, 408) that stop ringing by themselves."""

_BEST_FIRST = (Cause.NO_ANSWER, Cause.USER_BUSY, Cause.CALL_REJECTED)


class Round:
    """One round of ``call``. ``targets`` says how each telephone is called, ``consent`` is asked
    of those that must confirm."""

    def __init__(self, call: Call, targets: Targets, consent: Consent) -> None:
        self._call = call
        self._targets = targets
        self._consent = consent
        self._causes: list[Cause] = []
        self._parting = Cause.NO_ANSWER
        """What a telephone is told that rang and did not get the call."""

    async def run(self, turns: Sequence[Turn]) -> Leg | Cause:
        """Let them ring, each in its turn; when nobody rings any more the next begins at once.

        Returns:
            The leg that answered, or why nobody did.

        Raises:
            LegGone: the lead left; nobody rings any more.
        """
        with self._call.waiting():
            return await self._call.lead.unless_gone(self._race(turns))

    async def _race(self, turns: Sequence[Turn]) -> Leg | Cause:
        loop = asyncio.get_running_loop()
        waiting, ringing = list(turns), dict[asyncio.Task[Leg | None], Turn]()
        starts_at = loop.time()
        try:
            while waiting or ringing:
                while waiting and (not ringing or starts_at + waiting[0].begins_s <= loop.time()):
                    turn = waiting.pop(0)
                    starts_at = min(starts_at, loop.time() - turn.begins_s)
                    ringing[loop.create_task(self._ring(turn))] = turn
                timeout_s = starts_at + waiting[0].begins_s - loop.time() if waiting else None
                done, _ = await asyncio.wait(
                    ringing, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
                )
                if (winner := self._winner(done, ringing)) is not None:
                    self._parting = Cause.ANSWERED_ELSEWHERE
                    return winner
        except asyncio.CancelledError:  # the lead has left
            self._parting = Cause.NORMAL_CLEARING
            raise
        finally:
            for task in ringing:
                task.cancel()
        return self._why()

    def _winner(
        self, done: set[asyncio.Task[Leg | None]], ringing: dict[asyncio.Task[Leg | None], Turn]
    ) -> Leg | None:
        """Of the turns that are over, the one that answered; were there more, the others end."""
        ended = [task for task in ringing if task in done]
        for task in ended:
            del ringing[task]
        answered = [leg for task in ended if (leg := task.result()) is not None]
        for leg in answered[1:]:
            leg.hang_up(Cause.ANSWERED_ELSEWHERE)
        return answered[0] if answered else None

    async def _ring(self, turn: Turn) -> Leg | None:
        """One turn: the leg that took the call, or None."""
        try:
            async with asyncio.timeout(turn.ends_s - turn.begins_s):
                for target in self._targets(turn):
                    cause = await self._try(turn, target)
                    if isinstance(cause, Leg):
                        return cause
                    self._causes.append(cause)
                    if cause not in _TRY_NEXT:
                        break
        except TimeoutError:
            self._causes.append(Cause.NO_ANSWER)
        return None

    async def _try(self, turn: Turn, target: Target) -> Leg | Cause:
        try:
            leg = self._call.dial(target)
        except NoSlot:
            return Cause.SWITCH_CONGESTION
        self._call.ringing.add(leg)
        taken = False
        try:
            await leg.answered()
            self._call.ringing.discard(leg)
            taken = not turn.member.confirms or await self._consent(leg)
        except LegGone as gone:
            return Cause.NO_ANSWER if leg.has_rung and gone.cause in _RANG_OUT else gone.cause
        finally:
            self._call.ringing.discard(leg)
            if not taken:
                leg.hang_up(self._parting)
        return leg if taken else Cause.NO_ANSWER

    def _why(self) -> Cause:
        """Of the causes of all turns, the one that says most to the caller."""
        best = [cause for cause in _BEST_FIRST if cause in self._causes]
        return (best or self._causes or [Cause.SUBSCRIBER_ABSENT])[0]
