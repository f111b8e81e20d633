"""A browser for the whole run; a box's console with daemons a test can order about."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState

from firmware.config.home import Home
from tests.browser import stage
from tests.browser.chromium import chromium, sign_in, visit
from tests.browser.softphone_office import Window, opened_office, talking_chromium, window
from tests.rig.box import LeanBox
from tests.rig.child import Child
from tests.rig.ports import reserve_block
from tests.rig.telephones import Telephones


@dataclass
class Console:
    """The console's process on its stage."""

    home: Home
    daemons: stage.Daemons
    url: str
    process: Child
    session: StorageState | None = None

    def start(self) -> None:
        """Start it (again)."""
        self.process = started(self.home)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def console(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console in English with one user, signed in already in ``session``."""
    with reserve_block() as ports:
        port = ports.network().console_port
        home = stage.make_home(tmp_path_factory.mktemp("box"), console_port=port)
        stage.add_user(home)
        with stage.Daemons(home) as daemons:
            console = Console(
                home=home,
                daemons=daemons,
                url=f"http://127.0.0.1:{port}",
                process=started(home),
            )
            try:
                with visit(browser, console.url) as page:
                    sign_in(page, stage.USER, stage.PASSWORD)
                    page.wait_for_selector(".rail")
                    console.session = page.context.storage_state()
                yield console
            finally:
                console.process.stop()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeanBox]:
    """The box of an office whose people telephone in the browser."""
    with opened_office(tmp_path_factory.mktemp("box")) as box:
        yield box


@pytest.fixture(scope="module")
def talking(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium with a microphone."""
    with talking_chromium(browser, tmp_path_factory.mktemp("said")) as other:
        yield other


@pytest.fixture
def sara(talking: Browser, office: LeanBox) -> Iterator[Window]:
    """The telephone of 101 in a browser."""
    with window(talking, office, "sara") as found:
        yield found


@pytest.fixture
def desks(office: LeanBox, tmp_path: Path) -> Iterator[Telephones]:
    """Telephones on the desks of that office."""
    with Telephones(office, tmp_path) as telephones:
        yield telephones


def started(home: Home) -> Child:
    """The console of a box whose daemons are on stage, once it knows them."""
    log = home.log / "web.log"
    since = len(log.read_text()) if log.exists() else 0
    process = Child(
        "web",
        [sys.executable, "-m", "web.main"],
        log,
        environment={"MARKAZ_HOME": str(home.root)},
    )
    try:
        process.expect("daemon edge is there", 20.0, since=since)
    except AssertionError:
        process.stop()
        raise
    return process
