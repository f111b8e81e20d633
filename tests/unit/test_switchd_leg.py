"""Keys of a leg: none is lost, whenever it comes."""

from __future__ import annotations

import asyncio

import pytest

from tests.jump import run
from tests.unit.switchd_bench import Rig, settle

WAIT_S = 1.0


def after_turns(turns: int, leg, key: str) -> None:
    """Press the key so many turns of the loop from now."""
    if turns:
        asyncio.get_running_loop().call_soon(after_turns, turns - 1, leg, key)
    else:
        leg.on_digit(key)


@pytest.mark.parametrize("turns", range(12))
@pytest.mark.parametrize("early_s", [0.0, 1e-9])
def test_a_key_that_comes_as_the_wait_ends_is_taken_by_the_next(turns, early_s):
    async def story():
        leg = Rig().call("101", sender="102").leg
        await settle()
        asyncio.get_running_loop().call_later(WAIT_S - early_s, after_turns, turns, leg, "5")
        first = await leg.digit(WAIT_S)
        assert (first or await leg.digit(WAIT_S)) == "5"
        assert not leg.has_keys

    run(story())


def test_keys_are_taken_in_order_and_forgotten_when_asked():
    async def story():
        leg = Rig().call("101", sender="102").leg
        await settle()
        for key in "12#":
            leg.on_digit(key)
        assert [await leg.digit(WAIT_S) for _ in range(4)] == ["1", "2", "#", ""]
        leg.on_digit("7")
        leg.forget_keys()
        assert await leg.digit(WAIT_S) == ""

    run(story())
