"""Whatever people set while calls are on their way, in any order: no call goes round for ever,
every leg ends, every call has exactly one record, and nobody's telephone is left ringing."""

from __future__ import annotations

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.config.sections.groups import Group, GroupMember
from firmware.link.rows import FollowRow
from firmware.model.personal import MAX_FORWARDS, ForwardKind
from firmware.model.record import CallEvent
from tests.jump import run
from tests.unit import test_switchd_anything as anything
from tests.unit.switchd_bench import Rig, settle
from tests.unit.test_switchd_transfer import office, time_passes

PEOPLE = ("101", "102", "103", "104")
PLACES = (*PEOPLE, "610", "611", "612", "701", "800")
DIALLED = (*PLACES, "*78", "*79", "*66", "*69", "*72102", "*96", "*76", "*0", "*750", "*740*103")
ACTIONS = (
    *("call", "call", "answer", "ring", "leave", "refuse", "wait", "wait", "transfer"),
    *("forward", "forward", "forward", "dnd", "follow", "waiting", "desk", "key"),
)


def group(name, number, strategy, *members, otherwise=None):
    return Group(
        name=name,
        number=number,
        title=name,
        strategy=strategy,
        members=tuple(GroupMember(number=member) for member in members),
        otherwise=otherwise,
    )


class Office(anything.Office):
    """Four people who also change their minds about where their calls go."""

    def __init__(self) -> None:
        groups = (
            group("all", "610", "all", "101", "102", "103", otherwise="extension:104"),
            group("hunt", "611", "hunt", "104", "101", otherwise="extension:102"),
            group("more", "612", "memory_hunt", "102", "103", "104", otherwise="extension:101"),
        )
        self.rig = Rig(office().model_copy(update={"group": groups}))
        self.called = []
        self.told = []

    def call(self, one: int, two: int) -> None:
        number = DIALLED[two % len(DIALLED)]
        self.called.append(self.rig.call(number, sender=PEOPLE[one % 4]))

    def forward(self, one: int, two: int) -> None:
        kind = list(ForwardKind)[two % 4]
        to = (*PLACES, "")[two % (len(PLACES) + 1)]
        with contextlib.suppress(ValueError):  # to oneself
            self.rig.exchange.people.set_forward(PEOPLE[one % 4], kind, to, 1.0 + two)

    def dnd(self, one: int, two: int) -> None:
        self.rig.exchange.people.set_do_not_disturb(PEOPLE[one % 4], bool(two % 2))

    def waiting(self, one: int, two: int) -> None:
        self.rig.exchange.people.set_call_waiting(PEOPLE[one % 4], bool(two % 2))

    def follow(self, one: int, two: int) -> None:
        people, number = self.rig.exchange.people, PEOPLE[one % 4]
        others = [n for n in PEOPLE if n != number][: two % 4]
        people.set_follow_steps(number, [FollowRow(number=n, delay_s=two % 7) for n in others])
        if others:
            people.set_follow_me(number, bool(two % 3))

    def desk(self, one: int, two: int) -> None:
        self.rig.exchange.people.log_in_at(PEOPLE[one % 4], PEOPLE[two % 4])

    async def close(self) -> None:
        await super().close()
        told = [r for r in self.rig.ledger.records if isinstance(r, CallEvent)]
        for call in {r.call_id for r in told}:
            forwards = [r for r in told if r.call_id == call and r.name == "forwarded"]
            assert len(forwards) <= MAX_FORWARDS


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.integers(0, 50), st.integers(0, 50)),
        min_size=4,
        max_size=40,
    )
)
def test_no_call_goes_round_and_nothing_is_lost(order: list[tuple[str, int, int]]) -> None:
    async def story() -> None:
        people = Office()
        for action, one, two in order:
            await people.do(action, one, two)
        await settle()
        await time_passes(1.0)
        await people.close()

    run(story())
