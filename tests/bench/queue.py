"""``python -m tests.bench.queue``: how long a free agent and a caller wait for one another.

Fifty callers wait in a queue (SIPp, hearing music and sending sound), thirty agents serve it,
over a real Kamailio. Two delays are measured at the telephones' own sockets, both with Kamailio
in them twice:

* *agent*: from the BYE with which an agent becomes free (no wrap-up) to the INVITE for the next;
* *caller*: from a caller's INVITE with credentials to the INVITE of an agent who is free, in
  another queue of thirty agents, while the fifty wait.

Exit status 0 only if nothing failed and both p99 are under the limit.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address
from pathlib import Path

import click

from firmware.config.schema import Extension, Queue, Recording, Site, Switch
from firmware.config.sections.recording import RecordingPolicy
from tests.bench.queue_phones import AgentPhone, CallerPhone, Floor, Phone
from tests.bench.report import percentiles_ms
from tests.rig.box import LeanBox
from tests.rig.sipp import Plan, Sipp, authentication

SERVER = "127.11.0.1"
_CROWDED, _OPEN = "601", "602"
_LIMIT_MS = 20.0
_ASIDE_S = 3.0
"""What is measured first is not counted: Python's own caches fill."""


class Failed(RuntimeError):
    """Something that may not happen, whatever the figures are."""


class Hall:
    """The box, its two queues, and all telephones."""

    def __init__(
        self, stack: ExitStack, *, waiting: int, agents: int, record: bool, keep: Path | None
    ) -> None:
        self.waiting, self.agents = waiting, agents
        self._record = record
        self.crowd = [str(1001 + n) for n in range(waiting + agents)]
        self.desks = {
            _CROWDED: [str(2001 + n) for n in range(agents)],
            _OPEN: [str(3001 + n) for n in range(agents)],
        }
        self.probes = [str(4001 + n) for n in range(20)]
        self.box = stack.enter_context(
            LeanBox("kamailio", "edge", "switchd", "recorder", shape=self._shape, root=keep)
        )
        self.floor = Floor()
        stack.callback(self.floor.close)
        self._stack = stack

    def phone(self, number: str, address: str) -> Phone:
        """One telephone of ours."""
        network = self.box.network
        phone = Phone(
            (str(network.sip_address), network.sip_port),
            address=(address, 0),
            number=number,
            password=self.box.passwords[number],
        )
        self._stack.callback(phone.close)
        return phone

    def seat(self, queue: str, *, network: int, ring_s: float, talk_s: float) -> list[AgentPhone]:
        """The agents of a queue, registered."""
        seated = []
        for n, number in enumerate(self.desks[queue]):
            phone = self.phone(number, f"127.11.{network}.{n + 1}")
            answer = phone.register()
            if answer is None or answer.status != 200:
                raise Failed(f"{number} cannot register")
            seated.append(AgentPhone(self.floor, phone, ring_s=ring_s, talk_s=talk_s))
        return seated

    def crowd_in(self, folder: Path) -> Sipp:
        """Let callers fill the crowded queue, and come again whenever one has been served."""
        plan = Plan(
            scenario="call_queue",
            server=self.box.sip_server,
            address="127.11.1.1",
            echo=True,
            rows=[
                (n, authentication(n, self.box.passwords[n]), _CROWDED, f"127.11.1.{1 + i % 20}")
                for i, n in enumerate(self.crowd)
            ],
            sources_in=3,
            calls_per_s=25.0,
            at_once=self.waiting + self.agents,
        )
        sipp = Sipp(plan, folder / "crowd")
        self._stack.callback(sipp.stop)
        return sipp

    def _shape(self, site: Site) -> Site:
        address = IPv4Address(SERVER)
        network = {"sip_address": address, "media_address": address, "rtp_last": 27999}
        people = (*self.crowd, *self.desks[_CROWDED], *self.desks[_OPEN], *self.probes)
        policy = RecordingPolicy.ALWAYS if self._record else RecordingPolicy.NEVER
        return Site(
            network=site.network.model_copy(update=network | {"rtp_first": 20000}),
            provisioning=site.provisioning,
            switch=Switch(max_calls=250),
            recording=Recording(policy=policy),
            extension=tuple(
                Extension.model_validate(
                    {"number": n, "name": f"P {n}", "password": f"bench-{n}-password"}
                )
                for n in people
            ),
            queue=(self._queue("crowded", _CROWDED), self._queue("open", _OPEN)),
        )

    def _queue(self, name: str, number: str) -> Queue:
        return Queue(
            name=name,
            title=name,
            number=number,
            members=tuple(self.desks[number]),
            wrap_up_s=0.0,
            max_wait_s=3600.0,
            max_length=200,
        )


def agents_wait(hall: Hall, agents: Sequence[AgentPhone], seconds: float) -> list[float]:
    """Milliseconds from each agent's freedom to their next INVITE, with the crowd waiting."""
    hall.floor.run(lambda: all(agent.offered for agent in agents), 30.0)
    hall.floor.run(lambda: False, _ASIDE_S)
    aside = [len(agent.waits) for agent in agents]
    hall.floor.run(lambda: False, seconds)
    found = [1000 * s for n, a in zip(aside, agents, strict=True) for s in a.waits[n:]]
    if not found:
        raise Failed("no agent was offered a second call")
    return found


def callers_wait(
    hall: Hall, agents: Sequence[AgentPhone], callers: Sequence[CallerPhone], calls: int
) -> list[float]:
    """Milliseconds from each caller's INVITE to the INVITE of a free agent."""
    seen = {caller.phone.number: caller for caller in callers}
    for n in range(calls):
        caller = callers[n % len(callers)]
        if not hall.floor.run(lambda c=caller: not c.is_calling, 10.0):  # type: ignore[misc]
            raise Failed(f"the call of {caller.phone.number} does not end")
        offers = sum(len(agent.offered) for agent in agents)
        caller.call(_OPEN)
        if not hall.floor.run(
            lambda o=offers: sum(len(a.offered) for a in agents) > o,  # type: ignore[misc]
            10.0,
        ):
            raise Failed(f"nobody was offered the call of {caller.phone.number}")
        hall.floor.run(lambda: False, 0.1)
    offered = sorted((at, who) for agent in agents for who, at in agent.offered)
    found: list[float] = []
    for who, caller in seen.items():
        times = [at for at, name in offered if name == who]
        found += [1000 * (b - a) for a, b in zip(caller.called, times, strict=True)]
    return found


def _line(what: str, ms: Sequence[float]) -> str:
    figures = "  ".join(f"{name} {value:.1f} ms" for name, value in percentiles_ms(ms).items())
    return f"{what:34} {figures}  max {max(ms):.1f} ms  ({len(ms)})"


@click.command()
@click.option("--waiting", default=50, show_default=True)
@click.option("--agents", default=30, show_default=True)
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--calls", default=300, show_default=True)
@click.option("--talk", default=6.0, show_default=True, help="About so many seconds a talk.")
@click.option("--record/--no-record", default=True, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="A new folder for the box; it stays.")
def main(
    *,
    waiting: int,
    agents: int,
    seconds: float,
    calls: int,
    talk: float,
    record: bool,
    keep: Path | None,
) -> None:
    """Fill a queue and measure."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-queue-")))
        hall = Hall(stack, waiting=waiting, agents=agents, record=record, keep=keep)
        crowded = hall.seat(_CROWDED, network=2, ring_s=0.2, talk_s=talk)
        free = hall.seat(_OPEN, network=3, ring_s=0.05, talk_s=0.5)
        callers = [
            CallerPhone(hall.floor, hall.phone(number, f"127.11.4.{n + 1}"))
            for n, number in enumerate(hall.probes)
        ]
        crowd = hall.crowd_in(folder)
        began = time.monotonic()
        agent_ms = agents_wait(hall, crowded, seconds)
        caller_ms = callers_wait(hall, free, callers, calls)
        load = os.getloadavg()[0]
        click.echo(
            f"{waiting} callers wait, {agents} agents, {crowd.counts().succeeded} calls served "
            f"in {time.monotonic() - began:.0f} s, recorded: {record}, load {load:.1f}"
        )
        click.echo(_line("agent free to their next INVITE", agent_ms))
        click.echo(_line("caller's INVITE to agent's INVITE", caller_ms))
        if crowd.counts().failed:
            raise Failed(f"{crowd.counts().failed} callers failed: {crowd.last_words()}")
    slow = max(percentiles_ms(agent_ms)["p99"], percentiles_ms(caller_ms)["p99"])
    sys.exit(f"p99 {slow:.1f} ms is over {_LIMIT_MS:g} ms" if slow >= _LIMIT_MS else 0)


if __name__ == "__main__":
    try:
        main()
    except (Failed, TimeoutError) as error:
        sys.exit(str(error))
