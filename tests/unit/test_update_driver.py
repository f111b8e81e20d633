"""The driver of updates and the trial, on slots that remember orders and a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from firmware.config.home import Home
from firmware.config.sections.update import Update
from firmware.model.update import UpdateEvent, UpdateState
from firmware.update import bundles, journal
from firmware.update.driver import NotNow
from firmware.update.trial import TRIAL_S
from tests.unit.update_stage import Shop, Stage, bundle_file, installed, on_trial

S = UpdateState


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    home = Home(tmp_path / "box")
    home.make()
    sticks = tmp_path / "sticks"
    sticks.mkdir()
    return Stage(home, sticks)


# -- a bundle from a file -------------------------------------------------------------------


async def test_a_file_is_installed_at_once_and_switched_when_it_is_quiet(stage, tmp_path):
    await installed(stage, tmp_path / "dir")
    assert stage.state is S.INSTALLED
    assert list(stage.driver.folder.iterdir()) == []  # its room is needed
    assert await stage.tick() is S.INSTALLED
    assert stage.driver.hindrance == "not_quiet"
    stage.around = replace(stage.around, quiet_s=601)
    assert await stage.tick() is S.SWITCHING
    assert (stage.slots.next, stage.restarts) == ("B", 1)


async def test_the_new_release_proves_itself_by_its_call(stage, tmp_path):
    await on_trial(stage, tmp_path / "dir")
    assert stage.state is S.TRYING
    faults = ["the edge does not answer", "nobody answered", ""]
    assert await asyncio.to_thread(stage.trial(lambda: faults.pop(0)).run, on_trial=True)
    assert stage.slots.marks == [True]
    assert await stage.tick() is S.DONE


async def test_without_a_call_in_its_time_it_is_marked_bad_and_the_old_one_starts(stage, tmp_path):
    await on_trial(stage, tmp_path / "dir")
    before = stage.now
    assert not await asyncio.to_thread(stage.trial(lambda: "nobody answered").run, on_trial=True)
    assert TRIAL_S <= stage.now - before < TRIAL_S + 60
    assert stage.slots.marks == [False]
    assert stage.restarts == 2
    stage.start("A")
    assert stage.state is S.ROLLED_BACK
    assert "nobody answered" in stage.driver.known.why
    bundle_file(stage.sticks / "s1")
    assert await stage.tick() is S.ROLLED_BACK  # what failed here is not offered again
    stage.driver.forget()
    assert stage.state is S.NONE
    stage.driver.check()
    await stage.work()
    assert stage.state is S.NONE
    bundle_file(stage.sticks / "s1", "good 1.2.0", "c.raucb")
    assert await stage.tick() is S.OFFERED


async def test_the_boot_loader_knows_before_anybody_restarts(stage, tmp_path):
    await on_trial(stage, tmp_path / "dir")
    mark, seen = stage.slots.mark, []

    def slow_mark(*, good: bool) -> None:
        seen.append(journal.read(stage.home).state)
        mark(good=good)

    stage.slots.mark = slow_mark
    await asyncio.to_thread(stage.trial(lambda: "nobody answered").run, on_trial=True)
    assert seen == [S.TRYING]  # in which the daemon restarts nothing
    assert await stage.tick() is S.FAILING


async def test_marking_is_tried_again_while_rauc_starts(stage):
    stage.slots.fails = 2
    assert await asyncio.to_thread(
        stage.trial(lambda: "deaf by its configuration").run, on_trial=False
    )
    assert stage.slots.marks == [True]


async def test_a_cut_between_boot_loader_and_journal_is_still_a_trial(stage, tmp_path):
    await installed(stage, tmp_path / "dir")
    await asyncio.to_thread(stage.slots.choose_other)
    stage.start("B")
    assert stage.state is S.TRYING


async def test_a_wrong_signature_and_a_wrong_board_are_refused(stage, tmp_path):
    for text in ("evil 1.1.0", "good 1.1.0 markaz-rpi"):
        stage.driver.bring(bundle_file(tmp_path / "dir", text))
        await stage.work()
        assert stage.state is S.NONE
        assert stage.driver.known.why
        assert list(stage.driver.folder.iterdir()) == []


async def test_a_failed_installation_says_why_and_the_next_one_works(stage, tmp_path):
    stage.slots.fails = 1
    await installed(stage, tmp_path / "dir")
    assert (stage.state, stage.driver.known.why) == (S.FAILED, "no space left on the slot")
    await installed(stage, tmp_path / "dir")
    assert stage.state is S.INSTALLED


async def test_cut_off_while_writing_it_goes_on_by_itself(stage, tmp_path):
    stage.driver.bring(bundle_file(tmp_path / "dir"))
    await stage.work()
    known = replace(stage.driver.known, state=S.INSTALLING, is_ordered=True)
    journal.write(stage.home, known)
    stage.start("A")
    stage.fresh()
    assert stage.state is S.READY
    assert await stage.tick() is S.INSTALLED


# -- orders ---------------------------------------------------------------------------------


async def test_an_order_at_the_wrong_time_says_what_is(stage):
    for order in (
        stage.driver.install,
        stage.driver.confirm,
        stage.driver.forget,
        lambda: stage.driver.switch(cut_calls=True),
    ):
        with pytest.raises(NotNow, match="none"):
            order()
    stage.slots.is_there = False
    with pytest.raises(NotNow, match="no image"):
        stage.driver.check()


async def test_calls_stand_against_a_switch_and_a_call_for_help_always(stage, tmp_path):
    await installed(stage, tmp_path / "dir")
    stage.around = replace(stage.around, live_calls=1)
    with pytest.raises(NotNow, match="under way"):
        stage.driver.switch(cut_calls=False)
    stage.around = replace(stage.around, emergency_s=0.0)
    with pytest.raises(NotNow, match="help"):
        stage.driver.switch(cut_calls=True)
    assert stage.restarts == 0


async def test_back_to_the_release_before_and_forward_again(stage, tmp_path):
    with pytest.raises(NotNow):
        stage.driver.confirm()
    stage.driver.roll_back(cut_calls=False)
    await stage.work()
    assert "no release" in stage.driver.known.why
    await on_trial(stage, tmp_path / "dir")
    stage.driver.confirm()
    await stage.work()
    assert stage.state is S.DONE
    stage.driver.roll_back(cut_calls=False)
    await stage.work()
    assert (stage.state, stage.slots.next) == (S.RETURNING, "A")
    stage.start("A")
    assert stage.state is S.ROLLED_BACK


async def test_what_the_boot_loader_does_not_keep_stays_on_trial(stage, tmp_path):
    await on_trial(stage, tmp_path / "dir")
    stage.slots.fails = 1
    stage.driver.confirm()
    await stage.work()
    assert (stage.state, stage.driver.known.why) == (S.TRYING, "the service is not there yet")


async def test_a_trial_that_ends_while_somebody_keeps_it_is_not_ended_twice(stage, tmp_path):
    await on_trial(stage, tmp_path / "dir")
    proved = stage.driver.known.after(UpdateEvent.PROVED, at=stage.now, release="1.1.0", why="")
    stage.driver.confirm()
    journal.write(stage.home, proved)  # by markaz-trial
    await stage.work()
    assert stage.driver.known == proved


async def test_a_restart_that_does_not_come_is_ordered_again_after_a_minute(stage, tmp_path):
    await installed(stage, tmp_path / "dir")
    stage.driver.switch(cut_calls=False)
    await stage.work()
    await stage.tick()
    assert stage.restarts == 1
    stage.now += 61
    await stage.tick()
    assert stage.restarts == 2


# -- a stick --------------------------------------------------------------------------------


async def test_a_stick_offers_what_is_newer_and_signed(stage):
    bundle_file(stage.sticks / "s1", "good 0.9.0", "old.raucb")
    bundle_file(stage.sticks / "s1", "evil 9.9.9", "evil.raucb")
    bundle_file(stage.sticks / "s1" / "markaz", "good 1.1.0")
    bundle_file(stage.sticks / "s2", "good 1.3.0 markaz-rpi", "rpi.raucb")
    assert await stage.tick() is S.OFFERED
    bundle = stage.driver.known.bundle
    assert bundle is not None
    assert (bundle.version, bundle.source) == ("1.1.0", "stick")
    assert await stage.tick() is S.OFFERED  # somebody has to say so
    stage.driver.install()
    await stage.work()
    assert stage.state is S.INSTALLED


async def test_it_installs_by_itself_where_the_site_says_so_but_not_on_battery(stage):
    stage.wish = Update(from_stick=True)
    stage.around = replace(stage.around, on_battery=True)
    bundle_file(stage.sticks / "s1")
    assert await stage.tick() is S.OFFERED
    assert await stage.tick() is S.OFFERED
    stage.around = replace(stage.around, on_battery=False)
    assert await stage.tick() is S.INSTALLED


# -- an address -----------------------------------------------------------------------------


@pytest.fixture
async def shop(stage: Stage) -> AsyncIterator[Shop]:
    shop, app = Shop(), web.Application()
    app.router.add_get("/stable/markaz-x86.json", shop.describe)
    app.router.add_get("/stable/m-1.1.0.raucb", shop.give)
    async with TestServer(app, host="127.0.0.1") as server:
        stage.wish = Update(
            address=str(server.make_url("/stable")), automatic=True, rate_kbit=1000000
        )
        yield shop


async def test_an_address_is_asked_and_its_bundle_fetched_and_installed(stage, shop):
    assert await stage.tick() is S.OFFERED
    assert await stage.tick() is S.INSTALLED
    assert stage.driver.known.checked_at == stage.now
    stage.now += 3600
    assert await stage.tick() is S.INSTALLED


async def test_fetching_goes_on_where_it_was_cut_off(stage, shop):
    await stage.tick()
    shop.cut_after = 400_000
    assert await stage.tick() is S.OFFERED
    assert stage.driver.known.why
    [part] = stage.driver.folder.iterdir()
    there = part.stat().st_size
    assert 0 < there <= 400_000
    shop.cut_after = None
    stage.driver.install()
    await stage.work()
    assert stage.state is S.INSTALLED
    assert shop.ranges == ["bytes=0-", f"bytes={there}-"]


async def test_a_server_without_ranges_begins_at_the_beginning(stage, shop):
    await stage.tick()
    shop.cut_after, shop.knows_ranges = 400_000, False
    await stage.tick()
    shop.cut_after = None
    stage.driver.install()
    await stage.work()
    assert stage.state is S.INSTALLED


async def test_another_content_than_described_is_thrown_away(stage, shop):
    shop.index["sha256"] = "0" * 64
    await stage.tick()
    assert await stage.tick() is S.OFFERED
    assert "not what was described" in stage.driver.known.why
    assert list(stage.driver.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({"file": "../../etc/passwd"}, "names no bundle"),
        ({"bytes": 10**12}, "1000000000000 bytes"),
        ({"version": 7}, "no description"),
        ({"sha256": "nonsense"}, "names no bundle"),
    ],
)
async def test_a_description_that_makes_no_sense_offers_nothing(stage, shop, index, words):
    shop.index.update(index)
    assert await stage.tick() is S.NONE
    assert words in stage.driver.known.why


async def test_an_address_that_is_away_is_asked_again_after_an_hour(stage, shop):
    stage.wish = Update(address="http://127.0.0.1:9/")
    assert await stage.tick() is S.NONE
    assert "does not answer" in stage.driver.known.why
    stage.wish = Update(address=stage.wish.address)
    assert not stage.driver.is_working
    stage.driver.tick()
    assert not stage.driver.is_working
    stage.now += 3601
    stage.driver.tick()
    assert stage.driver.is_working
    await stage.work()


async def test_a_fetch_that_failed_is_tried_again_after_five_minutes(stage, shop):
    await stage.tick()
    shop.cut_after = 400_000
    assert await stage.tick() is S.OFFERED
    shop.cut_after = None
    assert await stage.tick() is S.OFFERED
    assert len(shop.ranges) == 1
    stage.now += 301
    assert await stage.tick() is S.INSTALLED
    assert len(shop.ranges) == 2


async def test_nothing_is_fetched_without_an_address(stage):
    assert await stage.tick() is S.NONE
    assert stage.driver.known.checked_at == 0.0


async def test_what_does_not_fit_is_not_fetched(stage, shop, monkeypatch):
    monkeypatch.setattr(bundles, "_SPARE_BYTES", 10**18)
    await stage.tick()
    assert await stage.tick() is S.OFFERED
    assert "must stay free" in stage.driver.known.why
