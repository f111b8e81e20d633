"""How a box ends when its battery does, so that it always comes back.

The classic race: mains return between the order to halt and the moment the battery would have
died. The battery then never dies, nobody takes the power away, and the box lies halted with
mains on. Two endings cannot end so:

* ``CUT``: the supply can be told to take the power away later *and to give it back when there
  are mains*, even if they were back before it did (NUT ``shutdown.return``, PiJuice's wake on
  charge, X728's power-off line with its auto-start). It is told before the halt.
* ``REST``: the supply can do nothing of the kind (a bare gauge, a contact). The box then does not
  halt: it stops everything, makes its disks read-only and waits, either for mains, and starts
  anew, or for the battery's end, after which mains start it.
"""

from __future__ import annotations

from enum import StrEnum


class Ending(StrEnum):
    CUT = "cut"
    REST = "rest"


class Order(StrEnum):
    """What the box's keeper is to do; each is safe to do twice."""

    FINALISE = "finalise"  # end what calls are left but those for help; write everything down
    RESUME = "resume"  # take FINALISE back: mains came
    ARM_CUT = "arm_cut"  # the supply takes the power away later and gives it back with mains
    HALT = "halt"
    REST = "rest"  # disks read-only, then wait
    RESTART = "restart"


def last_orders(ending: Ending, *, mains: bool) -> tuple[Order, ...]:
    """What is ordered once all is written down. With mains there it is taken back instead."""
    if mains:
        return (Order.RESUME,)
    return (Order.ARM_CUT, Order.HALT) if ending is Ending.CUT else (Order.REST,)
