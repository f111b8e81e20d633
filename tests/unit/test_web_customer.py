"""The customer system: a plain HTTP service that knows numbers, is slow, is dead, or lies."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from firmware.config import document, history
from firmware.config.problem import ConfigRejected
from firmware.config.sections.crm import Crm, with_number
from firmware.config.sections.flows import Service
from tests.unit.web_fixtures import console, signed_in

PAGE = "https://crm.example/search?phone={number}"


class CustomerSystem:
    """Knows one customer; answers as it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.body = 200, b""
        self.ready = threading.Event()
        self.ready.set()
        system = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                system.asked.append(self.path)
                system.ready.wait(5)
                phone = parse_qs(urlsplit(self.path).query).get("phone", [""])[0]
                known = {
                    "items": [
                        {
                            "name": "Sara Ahmadi",
                            "company": {"title": "Sample Ltd"},
                            "url": f"https://crm.example/customers/7?from={phone}",
                        }
                    ]
                }
                self.send_response(system.status)
                self.end_headers()
                self.wfile.write(system.body or json.dumps(known).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"


@contextmanager
def answering() -> Iterator[CustomerSystem]:
    system = CustomerSystem()
    thread = threading.Thread(target=system.server.serve_forever)
    thread.start()
    try:
        yield system
    finally:
        system.ready.set()
        system.server.shutdown()
        system.server.server_close()
        thread.join()


@pytest.fixture
def system():
    with answering() as system:
        yield system


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


def configure(app, system, **crm):
    """A site that asks this system."""
    home = app.extensions["markaz-home"]
    version, site = history.load_current(home)
    service = Service(name="crm", url=system.url, timeout_s=0.3, cache_s=60.0)
    wanted = {
        "service": "crm",
        "name": "items[0].name",
        "organisation": "items[0].company.title",
        "page_in_answer": "items[0].url",
        **crm,
    }
    changed = site.model_copy(update={"crm": Crm(**wanted), "service": (service,)})
    text = document.dump(changed, secrets=True)
    history.apply(home, text, "test", "a customer system", based_on=version)


def known(app, number="09121234567"):
    answer = signed_in(app).get("/customer.json", query_string={"number": number})
    assert answer.status_code == 200
    return answer.get_json()


def test_the_system_says_who_a_number_is_and_is_asked_once_a_while(app, system):
    configure(app, system)

    for _ in range(3):
        found = known(app)
    assert (found["name"], found["organisation"]) == ("Sara Ahmadi", "Sample Ltd")
    assert found["page"] == "https://crm.example/customers/7?from=09121234567"
    assert system.asked == ["/api/contacts?phone=09121234567"]
    lead = signed_in(app).get("/customer?number=09121234567")
    assert (lead.status_code, lead.location) == (302, found["page"])


def test_without_an_answer_the_page_of_the_configuration_is_opened(app, system):
    configure(app, system, page=PAGE)
    system.status = 404
    assert known(app)["page"] == "https://crm.example/search?phone=09121234567"
    assert known(app)["fault"] == ""


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'{"items": 7}', b'{"items":[{"name":{}}]}'])
def test_an_answer_of_nonsense_names_nobody(app, system, body):
    configure(app, system, page=PAGE)
    system.body = body
    assert known(app)["name"] == ""
    assert known(app)["page"].startswith("https://crm.example/search")


def test_an_answer_cannot_make_the_console_run_a_script(app, system):
    configure(app, system)
    system.body = b'{"items":[{"name":"<b>x</b>\\u202e","url":"javascript:alert(1)"}]}'
    found = known(app)
    assert found["page"] == ""
    assert "\u202e" not in found["name"]


def test_a_slow_system_holds_nobody_up_and_a_dead_one_says_so(app, system):
    configure(app, system, page=PAGE)
    system.ready.clear()
    found = known(app)
    assert "no answer within 0.3 s" in found["fault"]
    assert found["page"]
    system.status = 500
    system.ready.set()
    assert "status 500" in known(app, "0933")["fault"]


def test_without_a_customer_system_nobody_is_known(app):
    assert known(app) == {}
    assert signed_in(app).get("/customer?number=0912").status_code == 404


@pytest.mark.parametrize("number", ["", "x", "0912/../..", "0912&admin=1", "٠٩١٢"])
def test_what_is_no_number_is_asked_of_nobody(app, system, number):
    configure(app, system)
    answer = signed_in(app).get("/customer.json", query_string={"number": number})
    assert answer.status_code == 400
    assert system.asked == []


def test_what_was_dialled_changes_nothing_of_where_it_leads():
    assert with_number(PAGE, "+98#*") == "https://crm.example/search?phone=%2B98%23%2A"


@pytest.mark.parametrize(
    ("crm", "said"),
    [
        ({"service": "other"}, "no service of this name"),
        ({"page": "https://crm.example/"}, "no {number} in it"),
        ({"name": "items[["}, "is no JMESPath"),
    ],
)
def test_a_section_that_makes_no_sense_is_refused(app, system, crm, said):
    with pytest.raises(ConfigRejected, match=said.replace("{", r"\{")):
        configure(app, system, **crm)
