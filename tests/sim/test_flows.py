"""Flows with real telephones: what is heard in three languages, dead services, cards that are in
no recording, no log and no store."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from firmware.config import document
from firmware.config.schema import Site
from firmware.ivr.saying import utter
from firmware.link.rows import CallRow
from firmware.model.flow.node import Saying
from firmware.prompts.shelf import Shelf
from firmware.store import flow_results
from firmware.store.db import open_store
from firmware.switchd.main import PROMPTS
from tests.rig import audio
from tests.rig.audio import Samples, Sound
from tests.rig.box import Box, LeanBox
from tests.rig.desk_phone import DeskPhone
from tests.rig.sim import assert_no_calls
from tests.rig.telephones import Telephones
from tests.rig.until import until

A, B, C = "101", "102", "103"
CARD = "5555341244441115"
OWES = {
    "en": "You owe {sum|money:usd}, {place|ordinal} in the list.",
    "fa": "بدهیِ شما {sum|money:usd} است، نفرِ {place|ordinal}.",
    "ar": "عَلَيْكَ {sum|money:usd}، {place|ordinal}.",
}
VALUES = {"sum": 1234.5, "place": 21}
FLOWS = """
service:
  - {{name: till, url: "http://127.0.0.1:{till}", timeout_s: 3}}
  - {{name: dead, url: "http://127.0.0.1:{dead}", timeout_s: 1}}
flow:
  - name: desk
    number: 800
    languages: [en, fa, ar]
    node:
      - name: which
        language: {{next: know}}
      - name: know
        assign:
          value: [{{variable: sum, value: "1234.5"}}, {{variable: place, value: "21"}}]
          next: tell
      - name: tell
        say: {{saying: {owes}, next: account}}
      - name: account
        collect:
          {{saying: {{prompt: enter_number}}, variable: account, least: 3, most: 8,
           confirms: true, next: person}}
      - name: person
        transfer: {{dial: account, failed: end}}
      - name: end
        hang_up: {{}}
  - name: ask
    number: 801
    languages: [en]
    node:
      - name: ask
        look_up:
          {{service: dead, path: "/customers/{{caller}}", next: end, failed: person}}
      - name: person
        transfer: {{to: "extension:102"}}
      - name: end
        hang_up: {{}}
  - name: pay
    number: 802
    languages: [en]
    node:
      - name: pay
        pay: {{service: till, path: /charge, amount: 25, currency: usd, next: paid}}
      - name: paid
        transfer: {{to: "extension:103"}}
"""


@dataclass
class Till:
    """The office's payment program."""

    charges: list[dict[str, str]] = field(default_factory=list)

    def serve(self) -> ThreadingHTTPServer:
        charges = self.charges

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                charges.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                body = b'{"approved": true, "reference": "R-2468"}'
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Nothing is printed."""

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@dataclass
class Office:
    box: Box
    till: Till


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    till = Till()
    with till.serve() as server, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)  # takes connections and says nothing: the worst of dead servers
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        text = FLOWS.format(
            till=server.server_port,
            dead=silent.getsockname()[1],
            owes=json.dumps(OWES, ensure_ascii=False),
        )

        def without_flows(site: Site) -> Site:
            kept = document.dump(site.model_copy(update={"flow": (), "service": ()}), secrets=True)
            lines = [one for one in kept.splitlines() if one not in {"flow: []", "service: []"}]
            return document.parse("\n".join(lines) + text)

        with LeanBox("kamailio", "edge", "switchd", "recorder", shape=without_flows) as box:
            until(lambda: len(list(box.home.spoken.rglob("*.wav"))) >= 5, 20, "all is spoken")
            yield Office(box, till)
        server.shutdown()


@pytest.fixture
def phones(office: Office, tmp_path: Path) -> Iterator[Telephones]:
    with Telephones(office.box, tmp_path) as made:
        yield made
    assert_no_calls(office.box)


def likeness(heard: Samples, spoken: Samples, latest: int) -> tuple[float, int]:
    """How much of a prompt is in what was heard, from -1 to 1, and where it ends; it begins with
    the piece ``latest`` at the latest."""
    best = (-1.0, 0)
    for shift in range(max(1, min(latest, len(heard) - len(spoken)))):
        part = heard[shift : shift + len(spoken)]
        if len(part) == len(spoken) and part.std() > 0:
            best = max(best, (float(np.corrcoef(part, spoken)[0, 1]), shift + len(spoken)))
    return best


def says(office: Office, sound: Sound, text: str, language: str) -> list[float]:
    """How much what was heard is this text with its values, piece after piece."""
    said = utter(Saying(texts={language: text}), VALUES, language)
    files = Shelf(office.box.home.spoken, PROMPTS).find(said.said, language)
    heard = np.maximum(sound.levels_dbfs(), -45.0)
    found: list[float] = []
    for file in files:
        spoken = np.maximum(audio.read(file).sounding().levels_dbfs(), -45.0)
        if len(spoken) < 8:  # a rest
            continue
        like, end = likeness(heard, spoken, latest=40 if found else len(heard))
        found.append(like)
        heard = heard[max(0, end - 5) :]
    return found


def hears(phone: DeskPhone, call: str, seconds: float, timeout_s: float) -> Sound:
    """What it has heard once there are so many seconds of it."""
    until(lambda: phone.heard(call).length_s >= seconds, timeout_s, f"{seconds:g} s are heard")
    return phone.heard(call)


def test_a_number_is_said_in_three_languages_collected_and_dialled(
    office: Office, phones: Telephones
) -> None:
    a, b = phones.desk_phone(A), phones.desk_phone(B)
    for key, language in (("1", "en"), ("2", "fa"), ("3", "ar")):
        call = f"call-{language}"
        a.dial("800", call)
        a.expect("established", call)
        a.press(key, call)
        pressed_s = a.heard(call).length_s
        hears(a, call, pressed_s + 12.0, 25)
        found = says(office, a.heard(call).part(pressed_s), OWES[language], language)
        assert len(found) >= 4, found
        assert np.median(found) > 0.8, (language, found)
        assert min(found) > 0.6, (language, found)
        a.press("102#", call)  # during the question
        until(lambda c=call: len(a.marks(c)) > 0, 5, "keys are pressed")
        a.press("1", call)  # confirmed
        incoming = f"in{len([m for m in b.marks() if m['mark'] == 'invited']) or 1}"
        b.expect("invited", incoming, 15.0)
        b.hang_up(incoming, 486)
        a.hang_up(call)
        a.expect("ended", call, 10.0)
        until(lambda: not rows(office), 10, "the call is over")


def rows(office: Office) -> list[CallRow]:
    with office.box.link("switchd") as link:
        return [row for row in link.snapshot().get("call", ()) if isinstance(row, CallRow)]


def test_a_dead_service_holds_the_caller_up_for_its_time_and_nobody_else(
    office: Office, phones: Telephones
) -> None:
    a, b, c = (phones.desk_phone(number) for number in (A, B, C))
    for number in range(3):
        a.dial("801", f"dead-{number}")
    began = time.monotonic()
    c.dial("800", "quick")
    c.expect("established", "quick", 3.0)
    quick_s = time.monotonic() - began
    b.expect("invited", "in1", 5.0)
    waited_s = time.monotonic() - began
    assert quick_s < 0.8
    assert 0.8 < waited_s < 2.5
    for number in range(3):
        a.hang_up(f"dead-{number}")
    c.hang_up("quick")


def test_a_card_is_in_no_recording_no_log_and_no_store(office: Office, phones: Telephones) -> None:
    a, b, c = (phones.desk_phone(number) for number in (A, B, C))
    a.dial(B, "talk")
    b.expect("invited", "in1")
    b.answer("in1")
    a.expect("established", "talk")
    hears(a, "talk", 2.0, 10)  # what is said here is recorded
    [row] = rows(office)
    b.transfer("802", "in1")
    until(lambda: rows(office)[0].place == "ivr:pay", 8, "the caller is in the flow")
    a.press(f"{CARD}#1228987#", "talk")
    c.expect("invited", "in1", 40.0)
    c.answer("in1")
    until(lambda: rows(office)[0].place == f"extension:{C}", 8, "the caller talks again")
    time_of_talk = a.heard("talk").length_s
    hears(a, "talk", time_of_talk + 2.0, 10)
    a.hang_up("talk")
    office.box.call(row.id)
    [charge] = office.till.charges
    assert (charge["card"], charge["expiry"], charge["code"]) == (CARD, "1228", "987")

    until(lambda: office.box.recordings(row.id), 20, "the recording is finished")
    [recording] = office.box.recordings(row.id)
    path = office.box.home.recordings / recording.path
    caller = audio.read(path)
    loud = caller.levels_dbfs(0.1) > -40
    spells = np.flatnonzero(np.diff(loud.astype(int)))
    assert loud.any()
    quiet_s = caller.length_s - loud.sum() * 0.1
    assert quiet_s > 3.0, f"the caller is recorded while the card is keyed in: {spells}"

    with closing(open_store(office.box.home)) as db:
        [kept] = flow_results.newest(db)
    assert (kept.kind, kept.value, kept.call_id) == ("payment", "25 R-2468", row.id)
    story = [f"{event.name} {event.detail}" for event in office.box.timeline(row.id)]
    assert "recording_paused " in story
    assert "payment approved" in story
    assert holders_of(office.box.home.root, CARD) == []
    assert holders_of(office.box.home.root, "1228987") == []


def holders_of(folder: Path, secret: str) -> list[str]:
    """The files under a folder that hold a secret, also spaced or key by key in lines."""
    wanted = secret.encode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    return [str(path) for path in files if wanted in path.read_bytes()]
