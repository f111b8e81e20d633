"""The OpenAPI document is true: schemathesis asks for everything it describes, rightly and wrongly,
and compares every answer with it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from firmware.model.permissions import Permission
from firmware.model.record import CallRecord
from firmware.store import rows, tokens
from tests.browser.stage import Daemons, Well, add_recording, store
from tests.unit.test_store_figures import DAY, the_day
from tests.unit.web_fixtures import console, signed_in
from web.api import happenings
from web.api.operation import OPERATIONS


class Exchange(Well):
    """switchd, which does what it is told."""

    def dial(self, extension: str, number: str) -> str:
        return f"{extension}-{number}"

    def hang_up(self, call_id: str) -> None:
        raise ValueError(f"call {call_id} has ended")

    def read_phonebook(self) -> None: ...


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    before, happenings.STREAM_S = happenings.STREAM_S, 0.0
    with console(Path(tmp_path_factory.mktemp("box"))) as app:
        home = app.extensions["markaz-home"]
        signed_in(app)
        with store(home) as db:
            for one in the_day():
                rows.save(db, one)
            rows.save(db, CallRecord(id="call-A", started_at=DAY, caller="0911", queue="support"))
            _, app.secret = tokens.create(db, "owner", "test", Permission, now=time.time())
        add_recording(home, "call-A")
        with Daemons(home, {"switchd": Exchange("switchd")}):
            yield app
    happenings.STREAM_S = before


@pytest.fixture(scope="module")
def described(app):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    # By WSGI it unpacks nothing that was compressed.
    given = {"Authorization": f"Bearer {app.secret}", "Accept-Encoding": "identity"}
    schema.config.update(headers=given)
    return schema


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: op.name)
def test_every_answer_is_as_the_document_says(described, op, mode):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(described[op.path][op.method].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate()

    try:
        ask()
    except Unsatisfiable:
        assert mode is schemathesis.GenerationMode.NEGATIVE  # nothing is sent that could be wrong


def test_the_document_names_every_operation(app):
    paths = app.test_client().get("/api/v1/openapi.json").get_json()["paths"]

    assert len(OPERATIONS) == sum(len(methods) for methods in paths.values()) >= 18
