"""What a browser registers with: good for one number, and for minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat

from firmware.config.home import Home
from firmware.edge import passes


def test_a_pass_names_its_number_and_its_end_and_proves_both():
    found = passes.issue("secret", "101", now=1_000_000.7)
    assert found.user == f"{1_000_000 + passes.LIFE_S}:101"
    assert found.expires_at == 1_000_000 + passes.LIFE_S
    digest = hmac.new(b"secret", found.user.encode(), hashlib.sha256).digest()
    assert base64.b64decode(found.password) == digest


def test_a_pass_is_of_no_use_for_another_number_or_time():
    one = passes.issue("secret", "101", now=1000)
    assert one.password != passes.issue("secret", "102", now=1000).password
    assert one.password != passes.issue("secret", "101", now=1001).password
    assert one.password != passes.issue("other", "101", now=1000).password


def test_the_secret_is_made_once_and_is_the_boxs_own(tmp_path):
    home = Home(tmp_path)
    home.edge.mkdir(parents=True)
    made = passes.secret(home)
    assert len(made) == 64
    assert passes.secret(home) == made
    assert stat.S_IMODE(passes.path(home).stat().st_mode) == 0o600


def test_of_two_who_ask_for_it_at_once_both_get_the_same(tmp_path, monkeypatch):
    home = Home(tmp_path)
    home.edge.mkdir(parents=True)
    made = []
    draw = passes.secrets.token_hex

    def meanwhile(length):
        if not made:
            made.append("")  # the other one comes between our look and our writing
            made[0] = passes.secret(home)
        return draw(length)

    monkeypatch.setattr(passes.secrets, "token_hex", meanwhile)
    assert passes.secret(home) == made[0]
    assert [one.name for one in home.edge.iterdir()] == ["browser.key"]
