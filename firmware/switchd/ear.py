"""A supervisor's ear in somebody's talk: joined to its legs as the way of listening asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from firmware.model.leg import LegState
from firmware.model.listening import Listening, paths
from firmware.switchd.leg import Leg
from firmware.switchd.media import Hearing, Studio


class Ear:
    """``leg`` is the supervisor's, of a call of its own; ``agent`` what the leg of whoever
    is listened to stands for. Who else talks with the agent may change; without the agent there
    is nothing to hear, whoever sits in the agent's place."""

    def __init__(self, studio: Studio, leg: Leg, agent: str, how: Listening) -> None:
        self.leg = leg
        self.agent = agent
        self.how = how
        self.ended = asyncio.Event()
        self._studio = studio
        self._sides: Sequence[Leg] = ()
        self._hearings: dict[tuple[Leg, Leg], Hearing] = {}

    def tune(self, sides: Sequence[Leg]) -> None:
        """These talk now."""
        self._sides = sides
        agent = next((leg for leg in sides if leg.party == self.agent and leg.is_live), None)
        if agent is None:
            self.close()
            return
        others = [leg for leg in sides if leg is not agent and leg.is_live]
        holding = [leg for leg in (*sides, self.leg) if leg.state is LegState.HELD]
        wanted = paths(self.how, agent=agent, others=others, supervisor=self.leg, holding=holding)
        for path in set(self._hearings) - wanted:
            self._hearings.pop(path).stop()
        for speaker, hearer in wanted - set(self._hearings):
            self._hearings[speaker, hearer] = self._studio.hear(speaker, hearer)

    def held(self, _leg: Leg, _held: bool) -> None:
        """The supervisor holds the call, or takes it back."""
        self.tune(self._sides)

    def close(self) -> None:
        """Hear nothing any more; may be called twice."""
        for hearing in self._hearings.values():
            hearing.stop()
        self._hearings.clear()
        self.ended.set()
