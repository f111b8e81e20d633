"""The agents' side of the call centre: log-in and log-out, pauses, and what the exchange knows of
their telephones (in a call, not to be disturbed, registered).

Codes, console and command line all come here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from firmware.model import acd
from firmware.model.agent import AgentState
from firmware.model.calendar import CalendarState
from firmware.switchd.queues.plan import CentrePlan

Tell = Callable[[acd.Event], None]


class Telephones(Protocol):
    """What the exchange knows of telephones, and the people at them."""

    def own_legs(self, party: str) -> int:
        """How many legs ``party`` has that no queue gave them."""
        ...

    def is_dnd(self, number: str) -> bool: ...
    def desk_of(self, number: str) -> str: ...


class Staff:
    """``plan`` gives the newest; ``tell`` reports to the engine."""

    def __init__(
        self,
        engine: acd.Acd,
        plan: Callable[[], CentrePlan],
        tell: Tell,
        telephones: Telephones,
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._tell = tell
        self._telephones = telephones
        self._registered: dict[str, bool] = {}
        self._open: dict[str, bool] = {}  # by agent: what their calendar said last

    def knows(self, agent: str) -> bool:
        """Whether somebody is an agent."""
        return agent in self._engine.agents

    def require(self, agent: str) -> str:
        """Refuse what is asked for somebody who is no agent.

        Raises:
            KeyError: they are none.
        """
        if not self.knows(agent):
            raise KeyError(f"{agent} is an agent of no queue")
        return agent

    def state_of(self, agent: str) -> AgentState:
        """What an agent is now."""
        return self._engine.agents[agent].state

    # -- orders ---------------------------------------------------------------------------

    def log_in(self, agent: str, *, telephone: str = "", by: str) -> None:
        """The agent takes calls, at ``telephone`` ("" their own).

        Raises:
            KeyError: no such agent.
        """
        self.require(agent)
        at = "" if telephone == agent else telephone
        for other in [o.number for o in self._engine.agents.values() if at and o.telephone == at]:
            if other != agent:  # one telephone, one agent
                self._tell(acd.AgentLoggedOut(other, by="desk"))
        confirm = False if at else None
        self._tell(acd.AgentLoggedIn(agent, telephone=at, confirm=confirm, by=by))
        self.look(agent)

    def log_out(self, agent: str, *, by: str) -> None:
        """The agent takes no more calls, once their call is over.

        Raises:
            KeyError: no such agent.
        """
        self._tell(acd.AgentLoggedOut(self.require(agent), by=by))

    def pause(self, agent: str, reason: str = "", queue: str = "") -> None:
        """No more calls for a while, in one queue or in all.

        Raises:
            KeyError: no such agent or queue.
            ValueError: the office has no such reason.
        """
        known = {name for name, _title in self._plan().pauses.values()}
        if reason and known and reason not in known:
            raise ValueError(f"'{reason}' is no pause reason; there are {', '.join(sorted(known))}")
        self._tell(acd.AgentPaused(self.require(agent), reason, self._queue(queue)))

    def resume(self, agent: str, queue: str = "") -> None:
        """The pause is over, and so is wrap-up.

        Raises:
            KeyError: no such agent or queue.
        """
        self.require(agent)
        if self._engine.agents[agent].state is AgentState.WRAP_UP:
            self._tell(acd.WrapUpDone(agent))
        self._tell(acd.AgentUnpaused(agent, self._queue(queue)))

    def extend_wrap_up(self, agent: str, by_s: float) -> None:
        """More time after a call.

        Raises:
            KeyError: no such agent.
            ValueError: they are not in wrap-up, or it is no sensible time.
        """
        if self._engine.agents[self.require(agent)].state is not AgentState.WRAP_UP:
            raise ValueError(f"agent {agent} is not in wrap-up")
        if not 1.0 <= by_s <= 3600.0:
            raise ValueError(f"{by_s:g} s: wrap-up is extended by 1 to 3600 seconds")
        self._tell(acd.WrapUpExtended(agent, by_s))

    def _queue(self, name: str) -> str:
        if name and name not in self._plan().queues:
            raise KeyError(f"there is no queue {name}")
        return name

    # -- telephones -----------------------------------------------------------------------

    def at(self, telephone: str) -> list[str]:
        """The agents who take calls at the telephone of an extension."""
        return [
            agent.number
            for agent in self._engine.agents.values()
            if telephone in (agent.number, agent.telephone)
        ]

    def telephone_changed(self, party: str) -> None:
        """A telephone has a leg more or less, its person has set something, or it registered."""
        for agent in self.at(party):
            self.look(agent)

    def look(self, agent: str) -> None:
        """Tell the engine what has changed about an agent's telephone: whether it is in a call
        that no queue gave them, is not to be disturbed, or cannot be reached."""
        known = self._engine.agents[agent]
        parties = {agent, known.telephone} - {""}
        engaged = any(self._telephones.own_legs(party) for party in parties)
        if engaged is not known.engaged:
            self._tell(acd.AgentEngaged(agent, engaged))
        dnd = self._telephones.is_dnd(agent)
        if dnd is not known.dnd:
            self._tell(acd.AgentDnd(agent, dnd))
        reachable = self._is_reachable(agent, known.telephone or agent)
        if reachable is not known.reachable:
            self._tell(acd.AgentReachable(agent, reachable))

    def _is_reachable(self, agent: str, telephone: str) -> bool:
        place = self._plan().agents.get(agent)
        if place is not None and place.telephone and telephone == agent:
            return True  # outside: nobody knows before it is called
        return self._registered.get(self._telephones.desk_of(telephone), True)

    def look_at_all(self) -> None:
        """Look at every agent: much may have changed."""
        for agent in list(self._engine.agents):
            self.look(agent)

    def registered(self, number: str, there: bool) -> None:
        """The telephone of an extension has registered, or is gone."""
        if self._registered.get(number, True) is not there:
            self._registered[number] = there
            self.look_at_all()

    # -- schedules ------------------------------------------------------------------------

    def look_at_calendars(self, state: Callable[[str], CalendarState]) -> None:
        """Log agents in whose calendar has opened since the last look, and out where it closed."""
        for agent in self._plan().agents.values():
            if not agent.calendar:
                self._open.pop(agent.number, None)
                continue
            is_open = state(agent.calendar) is CalendarState.OPEN
            if self._open.get(agent.number) is is_open:
                continue
            self._open[agent.number] = is_open
            if is_open:
                self._tell(acd.AgentLoggedIn(agent.number, by="schedule"))
            else:
                self._tell(acd.AgentLoggedOut(agent.number, by="schedule"))
