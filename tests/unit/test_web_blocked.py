"""The page of blocked callers: a number, a pattern, everybody without one; who may, the trail, and
that switchd is told."""

from __future__ import annotations

from contextlib import closing

import pytest

from firmware.link.api import SwitchApi
from firmware.model.contact import Block, BlockAnswer, BlockKind
from firmware.model.permissions import Role
from firmware.store import audit, contacts
from firmware.store.audit import Asked, Change
from firmware.store.db import open_store
from tests.unit.served import serving
from tests.unit.web_fixtures import console, csrf_token, signed_in

PATH = "/contacts/blocked"


@pytest.fixture
def app(tmp_path):
    with console(tmp_path) as app:
        yield app


@pytest.fixture
def home(app):
    return app.extensions["markaz-home"]


def there(home) -> list[tuple[str, str, str, str]]:
    with closing(open_store(home)) as db:
        return [(b.kind, b.value, b.answer, b.note) for b in contacts.blocks(db)]


def post(client, path=PATH, **fields):
    return client.post(path, data={"csrf_token": csrf_token(client, PATH), **fields})


def test_callers_are_blocked_and_let_in_again(app, home):
    client = signed_in(app)
    assert "Nobody is blocked." in client.get(PATH).text
    read: list[bool] = []

    class Switch:
        def read_phonebook(self) -> None:
            read.append(True)

    with serving(home, "switchd", SwitchApi, Switch()):
        for kind, value, answer in (
            ("number", "۰۲۱ ۸۸", "refuse"),
            ("pattern", "0900XXXXXXX", "unused"),
            ("withheld", "", "refuse"),
        ):
            sent = post(client, kind=kind, value=value, answer=answer, note="<b>rude</b>")
            assert sent.status_code == 302
    assert read == [True] * 3
    assert there(home) == [
        ("number", "021 88", "refuse", "<b>rude</b>"),
        ("pattern", "0900XXXXXXX", "unused", "<b>rude</b>"),
        ("withheld", "", "refuse", "<b>rude</b>"),
    ]
    page = client.get(PATH).text
    assert "Everybody who shows no number" in page
    assert "<b>rude" not in page
    assert post(client, f"{PATH}/remove", kind="withheld", value="").status_code == 302
    assert [kind for kind, *_ in there(home)] == ["number", "pattern"]
    assert post(client, f"{PATH}/remove", kind="withheld", value="").status_code == 404
    with closing(open_store(home)) as db:
        told = [entry for _, entry in audit.trail(db, Asked(deed=Change.PHONEBOOK), 20)]
    assert [entry.subject for entry in told] == ["withheld", "withheld", "0900XXXXXXX", "۰۲۱ ۸۸"]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("number", "", "A number is missing."),
        ("number", "no", "cannot be dialled"),
        ("pattern", "09[", "This is no pattern of numbers."),
        ("pattern", "", "This is no pattern of numbers."),
    ],
)
def test_what_blocks_nobody_is_said_and_stays_in_the_form(app, home, kind, value, said):
    client = signed_in(app)
    answer = post(client, kind=kind, value=value, answer="refuse")
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{value}"' in answer.text
    assert there(home) == []
    assert post(client, kind="everybody", value="1", answer="refuse").status_code == 400


def test_who_may_only_look_changes_nothing(app, home):
    with closing(open_store(home)) as db:
        contacts.block(db, Block(kind=BlockKind.WITHHELD, answer=BlockAnswer.REFUSE))
    client = signed_in(app, "agent", Role.AGENT, extension="101")
    assert "Let in again" not in client.get(PATH).text
    assert post(client, kind="number", value="1", answer="refuse").status_code == 403
    assert len(there(home)) == 1
