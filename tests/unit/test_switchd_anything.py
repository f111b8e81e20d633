"""Whatever people do with their telephones, in any order: every leg ends, every call has exactly
one record, no leg is in two bridges, nobody stays parked or in a room."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.model.cause import Cause
from firmware.model.leg import LIVE, LegState
from firmware.model.record import CallRecord, LegRecord
from firmware.sip.message import Replaces
from tests.jump import run
from tests.unit.switchd_bench import FakeDialog, Rig, settle
from tests.unit.test_switchd_transfer import office, time_passes

NUMBERS = (
    *("101", "102", "103", "104", "777"),
    *("700", "701", "702", "801", "900", "*8", "**101", "**103", "*80102"),
    *("601", "500", "501", "*72102", "*73", "*78", "*79", "*66", "*90103", "*22", "*23"),
)
CAUSES = (Cause.NORMAL_CLEARING, Cause.USER_BUSY, Cause.CALL_REJECTED, Cause.NO_ANSWER)
LONGEST_S = 2000.0
"""Longer than anything waits: parking three times over, ringing, talking to nobody."""

ACTIONS = (
    *("call", "answer", "answer", "ring", "leave", "refuse", "hold", "resume"),
    *("transfer", "connect", "replace", "wait", "key", "order_end"),
)

actions = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, 50), st.integers(0, 50)),
    min_size=4,
    max_size=40,
)


class Office:
    """Four people and their telephones, who do as told whatever the state they are in."""

    def __init__(self) -> None:
        self.rig = Rig(office())
        self.called: list[FakeDialog] = []
        self.told = []

    @property
    def dialogs(self) -> list[FakeDialog]:
        everybody = [*self.called, *self.rig.stack.dialled]
        return [d for d in everybody if d.leg.state not in (LegState.ENDING, LegState.GONE)]

    @property
    def talking(self) -> list[FakeDialog]:
        return [dialog for dialog in self.dialogs if dialog.leg.state in LIVE]

    @property
    def ringing(self) -> list[FakeDialog]:
        waiting = (LegState.TRYING, LegState.RINGING, LegState.EARLY)
        return [
            dialog
            for dialog in self.dialogs
            if dialog.leg.state in waiting and dialog.leg.direction == "outbound"
        ]

    async def do(self, action: str, one: int, two: int) -> None:
        getattr(self, action)(one, two)
        if action == "wait":
            await time_passes(float(two * 5))
        await settle()
        self.check()

    def call(self, one: int, two: int) -> None:
        sender = ("101", "102", "103", "104")[one % 4]
        self.called.append(self.rig.call(NUMBERS[two % len(NUMBERS)], sender=sender))

    def answer(self, one: int, _two: int) -> None:
        if self.ringing:
            self.ringing[one % len(self.ringing)].leg.on_answered()

    def ring(self, one: int, _two: int) -> None:
        if self.ringing:
            self.ringing[one % len(self.ringing)].leg.on_ringing()

    def leave(self, one: int, _two: int) -> None:
        if self.dialogs:
            self.dialogs[one % len(self.dialogs)].leave()

    def refuse(self, one: int, two: int) -> None:
        if self.ringing:
            self.ringing[one % len(self.ringing)].leave(CAUSES[two % len(CAUSES)])

    def hold(self, one: int, _two: int) -> None:
        if self.talking:
            self.talking[one % len(self.talking)].leg.on_held(True)

    def resume(self, one: int, _two: int) -> None:
        if self.talking:
            self.talking[one % len(self.talking)].leg.on_held(False)

    def key(self, one: int, two: int) -> None:
        if self.talking:
            self.talking[one % len(self.talking)].leg.on_digit("0123456789*#"[two % 12])

    def transfer(self, one: int, two: int) -> None:
        if self.talking:
            dialog = self.talking[one % len(self.talking)]
            self.told.append(self.rig.refer(dialog, NUMBERS[two % len(NUMBERS)]))

    def connect(self, one: int, two: int) -> None:
        """Mostly of a person's own two dialogs, which is what works; else of anybody's."""
        if not self.talking:
            return
        dialog = self.talking[one % len(self.talking)]
        own = [d for d in self.dialogs if d is not dialog and d.leg.party == dialog.leg.party]
        others = own or self.dialogs
        replaces = Replaces(call_id=others[two % len(others)].id, is_early_only=False)
        self.told.append(self.rig.refer(dialog, replaces=replaces))

    def replace(self, one: int, two: int) -> None:
        if self.dialogs:
            sender = ("101", "102", "103", "104")[two % 4]
            replaced = self.dialogs[one % len(self.dialogs)]
            self.called.append(self.rig.replace(replaced, sender=sender))

    def wait(self, _one: int, _two: int) -> None:
        """Time passes in ``do``."""

    def order_end(self, one: int, _two: int) -> None:
        calls = self.rig.rows("call")
        if calls and one % 5 == 0:
            self.rig.exchange.orders.hang_up(calls[one % len(calls)].id)

    def check(self) -> None:
        """What is true at every moment."""
        places = Counter(leg for bridge in self.rig.studio.bridges for leg in bridge.legs)
        assert not [leg.id for leg, count in places.items() if count > 1]

    async def close(self) -> None:
        """Everybody goes home; whoever the exchange still calls does not answer."""
        for dialog in self.dialogs:
            dialog.leave()
        await time_passes(LONGEST_S)
        rig = self.rig
        assert rig.exchange.calls == 0
        for kind in ("call", "leg", "park", "room", "recording"):
            assert rig.rows(kind) == []
        assert self.dialogs == []
        assert all(not bridge.legs for bridge in rig.studio.bridges)
        records = Counter(
            r.id for r in rig.ledger.records if isinstance(r, CallRecord) and r.ended_at
        )
        begun = {r.id for r in rig.ledger.records if isinstance(r, CallRecord)}
        assert set(records) == begun
        assert set(records.values()) <= {1}
        assert len(begun) == len(self.called)
        legs = Counter(r.id for r in rig.ledger.records if isinstance(r, LegRecord))
        assert set(legs.values()) <= {1}
        for hairpin in self.told:
            finals = [said for said in hairpin.said if said != "180"]
            assert finals, "a transferor was never told"
            assert finals[0] == "200" or finals[0].startswith("end ")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions)
def test_nothing_is_lost_whatever_people_do(order: list[tuple[str, int, int]]) -> None:
    async def story() -> None:
        people = Office()
        for action, one, two in order:
            await people.do(action, one, two)
        await people.close()

    run(story())
