"""The page of updates: what it shows in each state, who may order, what a refusal says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.link.update import UpdateRow
from firmware.model.permissions import Role
from firmware.model.update import Around, SwitchPlan, SwitchWhen, UpdateState, hindrance
from tests.unit.web_fixtures import console, csrf_token, signed_in
from web.update import views, wording

ROW = UpdateRow(
    id="update",
    state="none",
    release="1.0.0",
    slot="A",
    other="0.9.0",
    version="",
    source="",
    notes="",
    is_working=False,
    percent=None,
    hindrance="",
    why="",
    checked_at=1_795_000_000.0,
    since=0.0,
)
OFFERED = replace(ROW, state="offered", version="1.1.0", source="stick", notes="<b>better</b>")


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


class Stub:
    """The link of the program ``update``: its row, and the orders it was given."""

    def __init__(self) -> None:
        self.row = ROW
        self.orders: list[tuple[str, dict[str, object]]] = []
        self.refusal: Exception | None = None

    def __enter__(self) -> Stub:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def snapshot(self) -> dict[str, tuple[UpdateRow, ...]]:
        return {"update": (self.row,)}

    def call(self, method, **values: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.orders.append((method.__name__, values))


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    stub = Stub()
    monkeypatch.setattr(views, "_link", lambda: stub)
    return stub


def post(client, path, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client, "/update"), **fields})


def test_a_box_that_is_no_image_says_so(app):
    assert "no image with two slots" in signed_in(app).get("/update").text


def test_what_is_offered_is_shown_as_text_and_installed_by_a_button(app, stub):
    stub.row = OFFERED
    client = signed_in(app)
    page = client.get("/update").text
    assert "1.1.0" in page
    assert "A USB stick" in page
    assert "&lt;b&gt;better" in page
    assert post(client, "/update/install").status_code == 302
    assert stub.orders == [("install", {})]


@pytest.mark.parametrize("state", UpdateState)
def test_every_state_has_a_page(app, stub, state):
    stub.row = replace(OFFERED, state=str(state), percent=40, why="no space left")
    page = signed_in(app).get("/update").text
    assert str(wording.LOOKS[state].word) in page
    assert "no space left" in page


def test_every_hindrance_has_words():
    words = set()
    for when in SwitchWhen:
        plan = SwitchPlan(when=when, quiet_min=1, hour_min=0)
        for calls in (None, 0, 1):
            for emergency_s in (None, 0.0):
                for battery in (True, False):
                    then = Around(
                        live_calls=calls,
                        quiet_s=0.0,
                        emergency_s=emergency_s,
                        minute=600,
                        on_battery=battery,
                    )
                    words.add(hindrance(plan, then))
    assert words == set(wording.HINDRANCES)


def test_calls_are_ended_only_when_the_box_is_ticked(app, stub):
    stub.row = replace(OFFERED, state="installed", hindrance="not_quiet")
    client = signed_in(app)
    assert "There were calls a moment ago." in client.get("/update").text
    post(client, "/update/switch")
    post(client, "/update/switch", cut_calls="1")
    assert stub.orders == [("switch", {"cut_calls": False}), ("switch", {"cut_calls": True})]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("somebody calls for help, or did within the last half hour", "calls for help"),
        ("calls are under way: wait", "There are calls."),
        ("nothing is installed: the update is none", "not possible now"),
    ],
)
def test_a_refusal_is_said_in_words(app, stub, text, shown):
    client = signed_in(app)
    token = csrf_token(client, "/update")
    stub.refusal = views.Refused("RuntimeError", text)
    answer = client.post("/update/roll-back", data={"csrf_token": token})
    assert answer.status_code == 409
    assert shown in answer.text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.READER])
def test_who_may_not_change_the_box_gives_no_orders(app, stub, role):
    app.config["WTF_CSRF_ENABLED"] = False
    stub.row = OFFERED
    client = signed_in(app, "ali", role)
    assert client.post("/update/install").status_code == 403
    assert "/update/install" not in client.get("/update").text
    assert stub.orders == []
