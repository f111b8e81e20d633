"""Telephones over HTTPS: versions of TLS, and factory certificates as proof."""

from __future__ import annotations

import socket
import ssl
import subprocess

import pytest

from firmware.link.api import ProvisionApi
from tests.contract.provisioned import (
    FILE,
    MAC,
    Provisioned,
    curl,
    password_of,
    token_in,
)

# -- HTTPS -----------------------------------------------------------------------------------


def secure(box, rest):
    return f"https://127.0.0.1:{box.site.provisioning.https_port}/{rest}"


def test_https_serves_the_same(fresh, own):
    token = token_in(own)
    plain = curl(own + FILE).body
    assert curl(secure(fresh, f"p/{token}/{FILE}")).body == plain


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused_by_the_modern_listener(box, version):
    assert handshake(box.site.provisioning.https_port, version) == ""


def handshake(port, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain) as line,
        ):
            return line.version()
    except (ssl.SSLError, ConnectionError):
        return ""


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_has_its_own_listener_when_switched_on():
    with Provisioned(old_tls=True) as box:
        plan = box.site.provisioning
        assert handshake(plan.old_tls_port, ssl.TLSVersion.TLSv1) == "TLSv1"
        assert handshake(plan.old_tls_port, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
        assert handshake(plan.https_port, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
        assert handshake(plan.https_port, ssl.TLSVersion.TLSv1_1) == ""


test_old_tls_is_refused_by_the_modern_listener = pytest.mark.filterwarnings(
    "ignore:ssl.TLSVersion"
)(test_old_tls_is_refused_by_the_modern_listener)


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    """A vendor's factory: its CA, a telephone's certificate, and one of somebody else's CA."""
    folder = tmp_path_factory.mktemp("factory")
    for ca in ("ca", "other"):
        openssl(
            folder,
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-subj", f"/CN={ca} of a vendor", "-keyout", f"{ca}.key", "-out", f"{ca}.pem"),
        )
    for name, ca, subject in (
        ("phone", "ca", "/O=Vendor/CN=00:15:65:4A:A9:37"),
        ("neighbour", "ca", "/O=Vendor/CN=0015654aa938"),
        ("forged", "other", "/O=Vendor/CN=0015654aa937"),
    ):
        request = ("-subj", subject, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", *request)
        signed = ("-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial")
        openssl(
            folder,
            *("x509", "-req", "-in", f"{name}.csr", *signed, "-days", "30"),
            *("-out", f"{name}.pem"),
        )
    return folder


def test_a_factory_certificate_proves_one_telephone(factory):
    with Provisioned(client_ca=str(factory / "ca.pem")) as box:
        box.admit(MAC, "101")
        with box.control() as link:
            link.call(ProvisionApi.close_window)

        def ask(name, path=FILE):
            shown = ("--cert", str(factory / f"{name}.pem"), "--key", str(factory / f"{name}.key"))
            return curl(secure(box, path), *shown)

        assert password_of(box.site, "101") in ask("phone").text
        assert ask("neighbour").status == 404
        assert ask("phone", "0015654aa938.cfg").status == 404
        assert ask("forged").status == 0
        assert curl(secure(box, FILE)).status == 404
