"""How long the console takes for its pages with a million call records, and what they weigh.

``python -m tests.bench.console_times [CALLS [FOLDER [WHICH]]]`` fills a store in a temporary
folder (or in FOLDER, which is kept), configures an office of 300 extensions and shows 200 of them
with 16 lines and 8 queues on the live page, asks for the pages by the test client (the server's
time, without network and browser), and prints milliseconds as a table; WHICH is a part of the
names of those pages that are wanted. The settings' pages are asked for with a draft of three
changes pending. What a page weighs is what is sent to a browser that takes gzip.
"""

from __future__ import annotations

import gzip
import itertools
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urljoin

from flask import Flask
from flask.testing import FlaskClient

from firmware.config.home import Home
from tests.bench.console_store import FIRST_NUMBER, SPACING_S, configure, fill
from tests.browser import stage
from tests.unit.form_reader import Form, form_of
from tests.unit.web_fixtures import signed_in
from web import serving
from web.app import create_app, shut
from web.settings.edit import Desk
from web.wizard import progress
from web.wizard.progress import Progress, Step

_READS, _FEWEST_READS = 200, 20
_LONGEST_S = 2.0
_EXTENSIONS, _SHOWN, _LINES, _QUEUES = 300, 200, 16, 8

Ask = Callable[[], object]

_FETCHED = re.compile(r'(?:src|href)="(/static/[^"#]+)')
_IMPORTED = re.compile(r'from "(\./[^"]+|/static/[^"]+)"')

SEARCHES = {
    "a caller's whole number": "number=0912{some:07d}",
    "the end of a number": "number={some:07d}",
    "a number nobody has": "number=98765432109",
    "a name nobody has": "name=Nobody",
    "two digits of a number": "number=98",
    "a name of two letters": "name=Qx",
    "an agent nobody is": "agent=999",
    "one agent's abandoned calls": "agent=2018&disposition=abandoned",
    "a queue on one day": "queue=support&since={day}&until={day}&calendar=gregorian",
    "talks longer than any": "shortest=90:00",
    "talks shorter than any": "longest=1",
    "recorded, of one line": "recorded=yes&line=fxo-3",
    "a tag": "tag=tag120",
}

_FORMS = {
    "settings: an extension": "/settings/extension/item?name=2250",
    "settings: a queue": "/settings/queue/item?name=queue3",
    "settings: the office": "/settings/office",
}
_TITLE_OF = {"/settings/queue/item?name=queue3": "title"}
_SETTINGS = {
    "settings: overview": "/settings",
    "settings: extensions": "/settings/extension",
    "settings: extensions, searched": "/settings/extension?q=Person+25",
    "settings: extensions, sorted": "/settings/extension?sort=name",
    **_FORMS,
    "settings: features": "/settings/features",
    "settings: review": "/settings/review",
    "settings: history": "/settings/history",
    "settings: as text": "/settings/text",
}
_OTHERS = {
    "users": "/users",
    "audit": "/audit",
    "phones": "/phones",
    "voicemail": "/voicemail",
    "own account": "/account",
}


@contextmanager
def _console(root: Path) -> Iterator[Flask]:
    """The console of a box whose folder may be there already."""
    home = Home(root)
    home.make()
    configure(home, _EXTENSIONS)
    progress.keep(home, Progress(done=frozenset(Step)))
    app = create_app(home)
    try:
        yield app
    finally:
        shut(app)


def people_the_office(daemons: stage.Daemons) -> None:
    """Show extensions, lines, queues with agents, and calls."""
    now = time.time()
    for number in range(_SHOWN):
        daemons.post("extension.found", stage.extension(str(FIRST_NUMBER + number)))
    for number in range(_LINES):
        daemons.post("line.found", stage.line(f"fxo-{number}", state="in_use", number="0912"))
        daemons.post("call.began", stage.call(f"c{number}", now))
    for number in range(_QUEUES):
        daemons.post("queue.found", stage.queue(f"queue{number}"))
        agent = stage.agent(str(FIRST_NUMBER + number), now, queues=(f"queue{number}",))
        daemons.post("agent.found", agent)


def add_draft(home: Home) -> None:
    """Three changes that wait."""
    desk = Desk(home, stage.USER)
    desk.discard()
    for index in (3, 150, 290):
        desk.put(("extension", index, "name"), f"Renamed {index}")


def measure(ask: Ask, before: Ask = lambda: None) -> tuple[float, ...]:
    """The median, the 95th percentile and the worst of up to 200, in milliseconds; and the median
    and the 95th percentile of the time on the processor, which tells how it would be if the machine
    had nothing else to do. The first, which fills caches, is left out. ``before`` is done before
    each and not measured."""
    before()
    ask()
    times: list[float] = []
    works: list[float] = []
    began = time.perf_counter()
    while len(times) < _READS:
        before()
        started, worked = time.perf_counter(), time.thread_time()
        ask()
        works.append((time.thread_time() - worked) * 1000)
        times.append((time.perf_counter() - started) * 1000)
        if started - began > _LONGEST_S and len(times) >= _FEWEST_READS:
            break
    times.sort()
    works.sort()
    at_p50, at_p95 = len(times) // 2, int(len(times) * 0.95)
    return times[at_p50], times[at_p95], times[-1], works[at_p50], works[at_p95]


def _page(client: FlaskClient, address: Callable[[], str]) -> Ask:
    def ask() -> object:
        with client.get(address()) as answer:
            assert answer.status_code == 200, (address(), answer.status)
            return answer.data

    return ask


def _keeping(client: FlaskClient, address: str) -> tuple[Ask, Ask]:
    """Keeping a form with another title each time; before it, untimed, the page with the form."""
    turns = itertools.count()
    forms: list[Form] = []

    def open_form() -> object:
        forms[:] = [form_of(client.get(address).text)]
        return forms

    def ask() -> object:
        changed = {_TITLE_OF.get(address, "name"): f"Name {next(turns)}"}
        answer = client.post(address, data=forms[0].sent(changed))
        assert answer.status_code == 302, answer.status
        return answer

    return ask, open_form


def weight(client: FlaskClient, path: str) -> tuple[int, int]:
    """The bytes sent for a page to a browser that takes gzip, and those for it with all that it
    fetches and its scripts import; headers are not counted."""
    wanted, sizes = [path], dict[str, int]()
    while wanted:
        address = wanted.pop()
        if address in sizes:
            continue
        with client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
            sizes[address] = len(answer.data)
            packed = answer.headers.get("Content-Encoding") == "gzip"
            text = (gzip.decompress(answer.data) if packed else answer.data).decode("latin-1")
        is_script = address.split("?")[0].endswith(".js")
        found = _IMPORTED.findall(text) if is_script else _FETCHED.findall(text)
        wanted += [urljoin(address, one) for one in found]
    return sizes[path], sum(sizes.values())


def _pages(client: FlaskClient, home: Home, count: int, now: float) -> dict[str, tuple[Ask, ...]]:
    """What is asked for, by name, and what is done before each."""
    dice = random.Random(1)
    day = time.strftime("%Y/%m/%d", time.localtime(now - 30 * 86400))
    addresses: dict[str, Callable[[], str]] = {
        "live page": lambda: "/",
        "live page's changes, all": lambda: "/live/changes?after=",
        "call records, first page": lambda: "/calls",
        "call records, anywhere": lambda: (
            f"/calls?before={now - dice.random() * count * SPACING_S:.3f}~c1"
        ),
        "one call": lambda: f"/calls/c{dice.randrange(count)}",
        "one line": lambda: "/live/lines/fxo-3",
        **{
            f"search: {name}": lambda query=query: (
                "/calls?" + query.format(some=dice.randrange(count), day=day)
            )
            for name, query in SEARCHES.items()
        },
        **{name: lambda path=path: path for name, path in (_SETTINGS | _OTHERS).items()},
    }
    add_draft(home)
    asks = {name: (_page(client, address),) for name, address in addresses.items()}
    return asks | {f"{name}, kept": _keeping(client, path) for name, path in _FORMS.items()}


def main() -> None:
    """Build, measure, print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    which = sys.argv[3] if len(sys.argv) > 3 else ""
    with ExitStack() as stack:
        folder = (
            sys.argv[2] if len(sys.argv) > 2 else stack.enter_context(tempfile.TemporaryDirectory())
        )
        app = stack.enter_context(_console(Path(folder)))
        home: Home = app.extensions["markaz-home"]
        now = fill(home, count, time.time())
        print(f"{count} calls", flush=True)
        people_the_office(stack.enter_context(stage.Daemons(home)))
        client = signed_in(app)
        serving.post_worker_init(None)
        for name, asks in _pages(client, home, count, now).items():
            if which in name:
                p50, p95, worst, work50, work95 = measure(*asks)
                figures = f"p50 {p50:6.1f}   p95 {p95:6.1f}   worst {worst:6.1f} ms"
                figures += f"   of the processor: p50 {work50:6.1f}   p95 {work95:6.1f} ms"
                print(f"{name:36} {figures}", flush=True)
        for path in ("/", "/calls", "/calls/c1", "/settings/extension"):
            own, whole = weight(client, path)
            print(f"{path:20} {own / 1000:6.1f} kB, with all it fetches {whole / 1000:6.1f} kB")


if __name__ == "__main__":
    main()
