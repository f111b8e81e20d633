"""Bad days of the telephone in the browser: what it was given is gone, and nobody said so."""

from __future__ import annotations

from playwright.sync_api import expect

from firmware.link.api import SwitchApi
from firmware.link.client import Snapshot
from firmware.link.rows import AgentRow, ExtensionRow
from tests.browser.softphone_office import (
    asleep,
    hears_the_page,
    talk,
    talking_chromium,
    window,
)
from tests.rig.until import until


def row_of(office, daemon, kind, ident):
    """What a daemon shows now of an extension or an agent."""
    with office.link(daemon) as link:
        told = next(iter(link.follow()))
    assert isinstance(told, Snapshot)
    return next(row for row in told.rows[kind] if row.id == ident)


def test_a_browser_that_is_closed_in_a_call_leaves_nobody_waiting(sara, desks):
    """It says no BYE; it is silent, and does not answer whether it is there."""
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    sara.page.close()
    desk.expect("ended", timeout_s=40.0)


def test_two_browsers_of_one_person_ring_and_one_answers(sara, talking, office, desks):
    caller = desks.baresip("102")
    with window(talking, office, "sara") as second:
        caller.dial("101")
        sara.shows("ringing")
        second.shows("ringing")
        second.page.keyboard.press("a")
        second.shows("talking")
        sara.shows()
        second.hears(caller.tone_hz)
        caller.hang_up()
        second.shows()


def test_without_a_microphone_the_page_says_so_and_the_call_rings_on(
    browser, office, desks, tmp_path
):
    own_desk, caller = desks.baresip("101"), desks.baresip("102")
    with (
        talking_chromium(browser, tmp_path, microphone=False) as silent,
        window(silent, office, "sara") as sara,
    ):
        expect(sara.page.locator("#deaf")).to_be_visible()
        caller.dial("101")
        sara.shows("ringing")
        sara.page.keyboard.press("a")
        sara.page.wait_for_timeout(500)
        assert sara.states() == ["ringing"]
        own_desk.expect("incoming")
        own_desk.answer()
        caller.expect("established")
        sara.shows()
        caller.hang_up()


def test_a_second_window_of_a_browser_leaves_the_telephone_to_the_first(sara):
    with sara.page.context.new_page() as other:
        other.goto("/softphone")
        expect(other.locator("#softphone")).to_have_attribute("data-line", "elsewhere")
        sara.page.close()
        expect(other.locator("#softphone")).to_have_attribute("data-line", "ready", timeout=15_000)


def test_a_call_survives_kamailio_being_killed(sara, office, desks):
    """The WebSocket is cut; what is said is heard all the while, and orders work afterwards."""
    desk = desks.baresip("102", auto_answer=True)
    talk(sara, desk)
    office.kill("kamailio")
    expect(sara.page.locator("#softphone")).not_to_have_attribute("data-line", "ready")
    assert abs(sara.listen(1.0).tone_hz() - desk.tone_hz) < 30
    office.start("kamailio")
    sara.is_ready(timeout_s=30.0)
    sara.shows("talking")
    sara.hears(desk.tone_hz)
    sara.press("hold")
    sara.shows("held")
    sara.press("resume")
    sara.shows("talking")
    hears_the_page(desk)
    sara.press("end")
    sara.shows()


def test_a_browser_that_sleeps_does_not_hold_up_a_call_and_rings_again_when_it_wakes(
    browser, office, desks, tmp_path
):
    own_desk, caller = desks.baresip("101"), desks.baresip("102")
    with talking_chromium(browser, tmp_path) as other, window(other, office, "sara") as sara:
        with asleep(tmp_path):
            caller.dial("101")
            own_desk.expect("incoming")
            own_desk.answer()
            caller.expect("established")
            caller.hang_up()
            own_desk.expect("ended")

            def is_forgotten() -> bool:
                row = row_of(office, "edge", "extension", "101")
                assert isinstance(row, ExtensionRow)
                return not row.browsers

            # Up to 20 s until it is asked, 20 s until that is too long ago, 5 s until the binding
            # of the connection that was closed goes: see browsers.cfg.
            until(is_forgotten, 60.0, "the exchange knows no browser any more")
        sara.is_ready(timeout_s=30.0)
        sara.shows()
        caller.dial("101")
        sara.shows("ringing")
        caller.hang_up()
        sara.shows()


def test_an_agent_whose_power_goes_while_a_caller_is_offered_costs_the_caller_a_moment_only(
    browser, office, desks, tmp_path
):
    caller, other = desks.baresip("103"), desks.baresip("102", auto_answer=True)
    with talking_chromium(browser, tmp_path) as own, window(own, office, "sara") as sara:
        with office.link("switchd") as link:
            link.call(SwitchApi.pause_agent, agent="102", reason="", queue="")
        caller.dial("601")
        sara.shows("ringing")
        with asleep(tmp_path):
            with office.link("switchd") as link:
                link.call(SwitchApi.resume_agent, agent="102", queue="")
            other.expect("established", timeout_s=40.0)
            until(
                lambda: abs(caller.heard().part(-1.0).frequency_hz() - other.tone_hz) < 10,
                10.0,
                "the caller talks to the other agent",
            )
            caller.hang_up()

            def is_free() -> bool:
                row = row_of(office, "switchd", "agent", "101")
                assert isinstance(row, AgentRow)
                return (row.state, row.call) == ("available", "")

            # The leg to a browser that says nothing ends 64·T1 after its CANCEL (RFC 3261 §9.1).
            until(is_free, 45.0, "the agent is free again")
        sara.is_ready(timeout_s=30.0)
        sara.shows()
