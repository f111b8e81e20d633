"""Two hundred live pages at once: those without a stream ask instead, as live.js does."""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp
from playwright.sync_api import Browser

from tests.browser import stage
from tests.browser.chromium import visit
from tests.browser.conftest import Console
from tests.rig.loop_thread import LoopThread
from tests.rig.until import overload

PAGES = 200
_POLL_S = 3.0  # POLL_MS of static/live.js
_SEEN_WITHIN_S = _POLL_S + 3.0


class LivePage:
    """One open page: what it was sent, and how."""

    def __init__(self) -> None:
        self.streams = False
        self._text = ""
        self._more = asyncio.Event()

    async def open(self, session: aiohttp.ClientSession, url: str) -> None:
        """Listen until cancelled."""
        async with session.get(f"{url}/live/stream") as answer:
            self.streams = answer.status == 200
            if self.streams:
                async for piece in answer.content.iter_any():
                    self._take(piece.decode())
        while True:
            async with session.get(f"{url}/live/changes") as answer:
                assert answer.status == 200, answer.status
                self._take(await answer.text())
            await asyncio.sleep(_POLL_S)

    async def sees(self, word: str) -> None:
        """Wait until it was sent this."""
        while word not in self._text:
            self._more.clear()
            await self._more.wait()

    def _take(self, text: str) -> None:
        self._text += text
        self._more.set()


async def _all_see(pages: list[LivePage], word: str) -> None:
    async with asyncio.timeout(_SEEN_WITHIN_S * overload()):
        await asyncio.gather(*(page.sees(word) for page in pages))


async def _scene(console: Console, user_agent: str) -> tuple[int, float]:
    """How many of the pages stream, and how long the slowest other page took while all are open."""
    cookies = {one["name"]: one["value"] for one in console.session["cookies"]}
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"User-Agent": user_agent}  # another browser with this cookie would be a thief
    async with aiohttp.ClientSession(
        connector=connector, cookies=cookies, headers=headers
    ) as session:
        pages = [LivePage() for _ in range(PAGES)]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(page.open(session, console.url)) for page in pages]
            console.daemons.post("line.found", stage.line("fxo-77"))
            await _all_see(pages, "fxo-77")
            slowest_s = 0.0
            for path in ("/", "/calls", "/settings", "/live/lines/fxo-77"):
                began = time.monotonic()
                async with session.get(f"{console.url}{path}") as answer:
                    assert answer.status == 200, path
                slowest_s = max(slowest_s, time.monotonic() - began)
            console.daemons.post("line.found", stage.line("fxo-78"))
            await _all_see(pages, "fxo-78")
            for task in tasks:
                task.cancel()
    return sum(page.streams for page in pages), slowest_s


def test_two_hundred_live_pages(console: Console, browser: Browser) -> None:
    """All of them see what happens, and the other pages still come."""
    with visit(browser, console.url) as page:
        user_agent = page.evaluate("navigator.userAgent")
    loop = LoopThread("two hundred browsers")
    try:
        streams, slowest_s = loop.do(_scene(console, user_agent), timeout_s=60.0)
    finally:
        loop.end()
    slowest = f"the slowest other page took {slowest_s * 1000:.0f} ms"
    sys.stdout.write(f"{streams} of {PAGES} pages stream; {slowest}\n")
    assert 0 < streams < PAGES
    assert slowest_s < 2.0 * overload()
