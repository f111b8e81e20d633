"""Exchanges that a simulated office can be: what behind a line differs from place to place.

Twelve to learn and to test against. Tones are those of ``tones.toml`` where a country has some;
"-like" stands where no operator's document was found. ``OWN`` is the line's own number, which is
busy to itself; ``WRONG`` is nobody's; any other number rings and is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hw.dahdi.office import CentralOffice, Disconnect, IdMoment, Outcome
from hw.signal.caller_id import Standard
from hw.signal.dtmf_caller_id import DtmfForm
from hw.signal.tone import Tone, TonePlan, plan_of

OWN, WRONG = "5550100", "5550199"

_STEADY_MS: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange, and the pair of wires to it."""

    plan: TonePlan
    caller_id: Standard | DtmfForm = Standard.BELL
    id_moment: IdMoment = IdMoment.AFTER_RING
    disconnect: Disconnect = Disconnect.BUSY_TONE
    reverses_on_answer: bool = False
    loss_db: float = 0.0
    echo_db: float | None = 18.0

    def office(self) -> CentralOffice:
        """A line's equipment in it."""
        office = CentralOffice(
            self.plan,
            caller_id=self.caller_id,
            id_moment=self.id_moment,
            disconnect=self.disconnect,
            reverses_on_answer=self.reverses_on_answer,
            loss_db=self.loss_db,
            echo_db=self.echo_db,
        )
        office.outcomes = {OWN: Outcome.BUSY, WRONG: Outcome.CONGESTION}
        return office


def _tone(*freqs_hz: int, at: tuple[int, ...] = _STEADY_MS) -> Tone:
    return Tone(freqs_hz=freqs_hz, cadence_ms=at)


_QUICK_PBX = replace(
    plan_of("de"),
    country="pbx-250",
    source="a PBX whose tones are its own",
    dial=_tone(440, at=(200, 200, 600, 1000)),
    busy=_tone(440, at=(250, 250)),
    congestion=_tone(440, at=(125, 125)),
    ringback=_tone(440, at=(1200, 3800)),
    ring_ms=(1200, 3800),
)

_ODD_PBX = replace(
    plan_of("us"),
    country="pbx-210",
    source="a PBX whose tones are its own",
    dial=_tone(350, 450),
    busy=_tone(450, at=(210, 210, 210, 210, 210, 210, 630, 210)),
    congestion=_tone(450, at=(210, 630)),
    ringback=_tone(400, 450, at=(800, 400, 800, 2400)),
    ring_ms=(800, 400, 800, 2400),
)

EXCHANGES: Mapping[str, Exchange] = {
    "us": Exchange(plan=plan_of("us"), disconnect=Disconnect.CPC, echo_db=14.0),
    "uk": Exchange(
        plan=plan_of("gb"),
        caller_id=Standard.V23,
        id_moment=IdMoment.AFTER_REVERSAL,
        disconnect=Disconnect.CPC,
    ),
    "de": Exchange(plan=plan_of("de"), caller_id=Standard.V23, disconnect=Disconnect.BUSY_TONE),
    "fr": Exchange(
        plan=plan_of("fr"),
        caller_id=Standard.V23,
        disconnect=Disconnect.REVERSAL,
        reverses_on_answer=True,
    ),
    "ir-like": Exchange(plan=plan_of("ir"), loss_db=4.0, echo_db=12.0),
    "ae-like": Exchange(
        plan=plan_of("ae"), reverses_on_answer=True, disconnect=Disconnect.DIAL_TONE, loss_db=2.0
    ),
    "pbx-250": Exchange(plan=_QUICK_PBX),
    "pbx-210": Exchange(plan=_ODD_PBX, loss_db=1.0),
    "silent": Exchange(plan=plan_of("tr"), disconnect=Disconnect.NOTHING),
    "far-away": Exchange(plan=plan_of("ir"), loss_db=20.0, echo_db=25.0),
    "dtmf-caller-id": Exchange(
        plan=plan_of("sa"),
        caller_id=DtmfForm.A_TO_C,
        id_moment=IdMoment.BEFORE_RING,
        disconnect=Disconnect.REVERSAL,
    ),
    "dtmf-after-reversal": Exchange(
        plan=plan_of("nl"),
        caller_id=DtmfForm.D_TO_C,
        id_moment=IdMoment.AFTER_REVERSAL,
        disconnect=Disconnect.CPC,
        reverses_on_answer=True,
    ),
}
"""By name."""
