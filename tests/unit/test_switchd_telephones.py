"""A person with a telephone on the desk and one in the browser: both ring for everything, and a
call goes from one to the other."""

from __future__ import annotations

from firmware.link.rows import ExtensionRow
from firmware.model.cause import Cause
from firmware.model.record import Disposition
from tests.jump import run
from tests.unit.switchd_bench import Rig, settle, site
from tests.unit.test_switchd_people import over, rung

DESK, BROWSER = "sip:101@", "sip:101.browser@"


def office(**changes):
    """101 has a browser, the others have none."""
    rig = Rig(site(**changes))
    rig.stack.matrix = None  # the fork's dialogs are ours: nothing is joined
    tell(rig, browsers=1)
    return rig


def tell(rig, *, browsers):
    row = ExtensionRow(
        id="101", name="", registered=True, contact="", user_agent="", browsers=browsers
    )
    rig.exchange.browsers.told(row)


def telephones(rig):
    """The dialogs to the desk and to the browser of 101."""
    return [
        next(one for one in rig.stack.dialled if one.uri.startswith(at)) for at in (DESK, BROWSER)
    ]


def test_both_ring_and_the_browser_has_the_call():
    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        desk, browser = telephones(rig)
        assert len(rig.stack.dialled) == 2
        browser.leg.on_ringing()
        assert caller.said == ["180"]
        browser.leg.on_answered()
        await settle()
        assert caller.said == ["180", "200"]
        assert desk.said == ["end ANSWERED_ELSEWHERE"]
        assert "join 102 101" in rig.studio.log
        await over(rig, caller)
        assert browser.said == ["end NORMAL_CLEARING"]
        assert rig.ledger.last_call.disposition == Disposition.ANSWERED
        assert len(rig.ledger.legs) == 2

    run(story())


def test_without_a_browser_one_invite_goes_out():
    async def story():
        rig = office()
        tell(rig, browsers=0)
        rig.call("101")
        await settle()
        assert [one.uri.partition("@")[0] for one in rig.stack.dialled] == ["sip:101"]

    run(story())


def test_with_the_desk_switched_off_the_browser_rings_on():
    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        desk, browser = telephones(rig)
        desk.leave(Cause.SUBSCRIBER_ABSENT)
        await settle()
        assert caller.said == []
        browser.leg.on_answered()
        await settle()
        assert caller.said[-1] == "200"

    run(story())


def test_refused_in_the_browser_the_caller_hears_so():
    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        desk, browser = telephones(rig)
        browser.leave(Cause.CALL_REJECTED)
        await settle()
        assert desk.said == ["end CALL_REJECTED"]
        await over(rig, caller)
        assert rig.ledger.last_call.disposition != Disposition.ANSWERED

    run(story())


def test_when_the_caller_leaves_both_stop_ringing():
    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        await over(rig, caller)
        assert [one.said for one in telephones(rig)] == [["end NORMAL_CLEARING"]] * 2

    run(story())


def test_a_call_that_the_browser_has_moves_to_the_desk_and_back():
    """By INVITE with Replaces, which names the dialog, or the leg as a page knows it."""

    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        browser = telephones(rig)[1]
        browser.leg.on_answered()
        await settle()
        at_desk = rig.replace(browser, sender="101")
        await settle()
        assert at_desk.said == ["200"]
        assert browser.said == ["end NORMAL_CLEARING"]
        (leg,) = [row for row in rig.rows("leg") if row.party == "101" and row.state == "answered"]
        at_desk_again = type(at_desk)(id=leg.id)
        back = rig.replace(at_desk_again, sender="101")
        await settle()
        assert back.said == ["200"]
        assert at_desk.said == ["200", "end NORMAL_CLEARING"]
        assert "end NORMAL_CLEARING" not in caller.said
        await over(rig, caller)

    run(story())


def test_nobody_else_takes_the_call():
    async def story():
        rig = office()
        caller = rig.call("101")
        await settle()
        telephones(rig)[1].leg.on_answered()
        await settle()
        thief = rig.replace(telephones(rig)[1], sender="103")
        await settle()
        assert thief.said == ["end CALL_REJECTED"]
        await over(rig, caller)

    run(story())


def test_a_telephone_that_answers_by_itself_rings_alone():
    """An intercom is for the desk: no page of a browser answers by itself."""

    async def story():
        rig = office()
        tell(rig, browsers=1)
        target = rig.exchange._target_of(rig.exchange._plan.stations["101"])
        assert target.beside is not None
        assert target.beside.uri.startswith(BROWSER)
        assert target.alone().beside is None
        assert rung(rig) == []

    run(story())
