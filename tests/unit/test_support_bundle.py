"""The support bundle: seeded secrets are not in it, in no way they may be written."""

from __future__ import annotations

import base64
import json
import tarfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from firmware.box import first
from firmware.cli.main import main
from firmware.config import history
from firmware.config.home import Home
from firmware.config.sections.flows import Service
from firmware.config.sections.mail import Mail
from firmware.config.sections.trunks import Trunk
from firmware.diagnosis import bundle
from firmware.diagnosis.redact import MASK, Redactor, ways_to_write
from firmware.edge import passes
from firmware.model.permissions import Role
from firmware.store import tokens, users, webhooks
from firmware.store.db import open_store

OLD = "an-0ld+version's/Pa55"
TRUNK, MAIL, TOKEN, CONSOLE = "tr=unk&p@ss w0rd!", "mäil-geheim-9", "tok/en+Zz81", "cons0le-Pass-7"
SEEDED = (OLD, TRUNK, MAIL, TOKEN)


def written_ways(secret: str) -> set[str]:
    """By other means than the product's: within longer texts too."""
    raw = secret.encode()
    ways = {secret, quote(secret, safe=""), quote_plus(secret), raw.hex(), json.dumps(secret)}
    for before in (b"", b"u", b"us", b"user:", b'{"password": "'):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            ways.add(encode(before + raw).decode())
            ways.add(encode(before + raw + b'"}').decode())
    return ways


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "box")
    home.make()
    site = first.site(0)
    history.create_first(home, _with(site, OLD))
    text = history.current_text(home)[1]
    history.apply(
        home, text.replace(json.dumps(OLD), "x").replace(OLD, TRUNK), author="t", comment=""
    )
    with closing(open_store(home)) as db:
        users.create(db, "owner", CONSOLE, Role.OWNER)
    lines = [f"2026 INFO x: got {way}" for secret in SEEDED for way in sorted(written_ways(secret))]
    lines += [f"Authorization: Basic {base64.b64encode(b'a:b-secret-b').decode()}", "pin=4711 x"]
    lines += ["-----BEGIN PRIVATE KEY-----", "MIIabc", "-----END PRIVATE KEY-----", "the end"]
    (home.log / "switchd.log").write_text("\n".join(lines))
    (home.config_db.parent / "trunk.key").write_bytes(b"0123456789abcdefKEY")
    (home.log / "edge.log").write_text("key 0123456789abcdefKEY loaded\n")
    with closing(open_store(home)) as db:
        _token, screen = tokens.create(db, "owner", "hall", (), now=0.0)
        hook = webhooks.create(db, "owner", "http://crm.lan/", (), keep_trying_h=1, now=0.0)
    lines = [f"GET /wallboard/{screen}/now", f"signed by {hook.secret}", passes.secret(home)]
    (home.log / "web.log").write_text("\n".join([f"seeded {len(lines)}", *lines]))
    return home


def _with(site, password):
    trunk = Trunk.model_validate(
        {"name": "t", "host": "p.example", "user": "u", "password": password}
    )
    mail = Mail.model_validate(
        {"server": "m.example", "sender": "a@b.example", "user": "u", "password": MAIL}
    )
    service = Service.model_validate({"name": "crm", "url": "https://c.example", "token": TOKEN})
    return site.model_copy(update={"trunk": (trunk,), "mail": mail, "service": (service,)})


def test_no_seeded_secret_is_in_it_however_it_is_written(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "bundle.tar.gz"
    done = CliRunner().invoke(main, ["--home", str(home.root), "support-bundle", str(file)])
    assert done.exit_code == 0, done.output
    with tarfile.open(file) as tar:
        texts = {}
        for entry in tar.getmembers():
            content = tar.extractfile(entry)
            assert content is not None
            texts[entry.name.removeprefix("markaz-support/")] = content.read().decode()
    assert {"configuration.yaml", "findings.json", "log/switchd.log", "store.json"} <= set(texts)
    assert "the end" in texts["log/switchd.log"]
    assert json.loads(texts["store.json"])["users"] == 1
    passwords = [e.password.get_secret_value() for e in first_extensions(home)]
    whole = "\n".join(texts.values())
    assert texts["log/web.log"].count(MASK) == 3
    assert "markaz_" not in texts["log/web.log"]
    for secret in (*SEEDED, CONSOLE, *passwords):
        assert secret not in whole
        for way in written_ways(secret):
            assert way not in whole, (secret, way)
    for other in ("b-secret-b", "4711", "MIIabc", "0123456789abcdefKEY", "scrypt:"):
        assert other not in whole, other
    assert file.stat().st_mode & 0o077 == 0
    assert MASK in texts["configuration.yaml"]


def first_extensions(home: Home):
    return [e for e in history.load_current(home)[1].extension if e.password is not None]


def test_secrets_of_programs_and_browsers_are_not_in_it(home: Home, tmp_path: Path) -> None:
    with closing(open_store(home)) as db, db.conn:
        _token, program = tokens.create(db, "owner", "crm", ["see_live"], now=1.0)
        hook = webhooks.create(
            db,
            "owner",
            "https://user:hook-pass@h.example/in",
            ["call.ended"],
            keep_trying_h=1,
            now=1.0,
        )
    browsers = passes.secret(home)
    (keys := home.store_db.parent / "factor.key").write_bytes(b"factor-key-of-32-bytes-and-more!")
    seeded = (program, hook.secret, browsers, keys.read_text())
    told = [f"GET /wallboard/{program} 200", f"sent with {hook.secret}", f"to {hook.url}"]
    told += [f"Authorization: Bearer {program}", *map(repr, seeded)]
    told += [way for secret in seeded[1:] for way in written_ways(secret)]
    (home.log / "web.log").write_text("\n".join([*told, "the end"]))
    bundle.write(home, tmp_path / "bundle.tar.gz")
    with tarfile.open(tmp_path / "bundle.tar.gz") as tar:
        log = tar.extractfile("markaz-support/log/web.log")
        assert log is not None
        text = log.read().decode()
    assert "the end" in text
    assert "/wallboard/" in text
    assert "hook-pass" not in text
    for secret in seeded:
        assert secret not in text
        assert base64.b64encode(secret.encode()).decode() not in text


def test_the_doctor_says_what_is_down(home: Home) -> None:
    done = CliRunner().invoke(main, ["--home", str(home.root), "doctor"])
    assert done.exit_code == 1
    assert "critical: switchd does not answer" in done.output
    found = json.loads(
        CliRunner().invoke(main, ["--home", str(home.root), "doctor", "--json"]).output
    )
    assert {"daemon_down"} <= {one["id"] for one in found}


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=0x6FF), min_size=6, max_size=30),
    before=st.binary(max_size=9),
    after=st.binary(max_size=9),
)
def test_base64_of_anything_around_a_secret_does_not_tell_it(
    secret: str, before: bytes, after: bytes
) -> None:
    text = base64.b64encode(before + secret.encode() + after).decode()
    masked = Redactor([secret])(text)
    assert MASK in masked
    left = masked.replace(MASK, "")
    assert len(left) <= len(base64.b64encode(before + after)) + 8


def test_what_is_no_secret_stays() -> None:
    redact = Redactor(["hunter22"])
    text = "leg 17.2 ringing -Answered-> answered (201) at 192.168.1.1 by 09120001112"
    assert redact(text) == text
    assert all(way for way in ways_to_write("hunter22"))
