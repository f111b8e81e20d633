"""The console's second door, HTTPS, on a real server."""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Iterator

import pytest

from tests.rig.box import LeanBox


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LeanBox, int]]:
    """A console with both doors."""
    with LeanBox("edge") as box:
        port = box.ports.control_port()
        monkeypatch.setenv("MARKAZ_CONSOLE_TLS_PORT", str(port))
        box.start("web")
        yield box, port
        box.stop("web")


def test_both_doors_answer(doors: tuple[LeanBox, int]) -> None:
    box, tls_port = doors
    address = box.network.console_address
    plain = _get(f"http://{address}:{box.network.console_port}/static/design/base.css")
    certificate = box.home.root / "tls" / f"own-{address}.pem"
    context = ssl.create_default_context(cafile=str(certificate))
    secret = _get(f"https://{address}:{tls_port}/static/design/base.css", context)
    assert plain == secret
    assert len(plain) > 100


def _get(address: str, context: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(address, timeout=10.0, context=context) as answer:
        found: bytes = answer.read()
        return found
