"""What switchd can be asked about agents and waiting callers (``AgentsApi``)."""

from __future__ import annotations

from firmware.model.dialplan import Destination
from firmware.model.listening import Listening
from firmware.switchd.exchange import Exchange


class AgentsControl:
    """Implements ``AgentsApi`` on the exchange, and the log-in of ``SwitchApi``."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def log_in(self, agent: str) -> None:
        """SwitchApi."""
        self._exchange.queues.staff.log_in(agent, by="console")

    def log_out(self, agent: str) -> None:
        """SwitchApi."""
        self._exchange.queues.staff.log_out(agent, by="console")

    def log_in_agent(self, agent: str, telephone: str) -> None:
        """AgentsApi."""
        if telephone:
            self._exchange.people.require(telephone)
        self._exchange.queues.staff.log_in(agent, telephone=telephone, by="console")

    def pause_agent(self, agent: str, reason: str, queue: str) -> None:
        """AgentsApi."""
        self._exchange.queues.staff.pause(agent, reason, queue)

    def resume_agent(self, agent: str, queue: str) -> None:
        """AgentsApi."""
        self._exchange.queues.staff.resume(agent, queue)

    def extend_wrap_up(self, agent: str, by_s: float) -> None:
        """AgentsApi."""
        self._exchange.queues.staff.extend_wrap_up(agent, by_s)

    def prioritise_caller(self, caller: str, priority: int) -> None:
        """AgentsApi."""
        self._exchange.queues.supervision.prioritise(caller, priority)

    def move_caller(self, caller: str, to: str) -> None:
        """AgentsApi."""
        self._exchange.queues.supervision.move(caller, Destination.parse(to))

    def withdraw_caller(self, caller: str) -> None:
        """AgentsApi."""
        self._exchange.queues.supervision.withdraw(caller)

    def listen_in(self, *, supervisor: str, call_id: str, agent: str, how: str) -> str:
        """AgentsApi."""
        self._exchange.shortage.check()
        return self._exchange.listeners.begin(
            supervisor=supervisor, call_id=call_id, agent=agent, how=Listening(how)
        )

    def change_listening(self, listening: str, how: str) -> None:
        """AgentsApi."""
        self._exchange.listeners.change(listening, Listening(how))
