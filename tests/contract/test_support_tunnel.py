"""The tunnel to a supporter, with OpenSSH at its other end."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.test_backup_places import SSHD, SSHD_ACCOUNT, free_port, program, ssh_key
from tests.rig.until import until

SUPPORT = Path(__file__).parents[2] / "image-build/image/overlay/usr/lib/markaz/support"

_CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
LogLevel DEBUG1
"""


@pytest.fixture
def console(tmp_path: Path) -> Iterator[int]:
    """The box's console, as far as a tunnel knows it; its port."""
    (tmp_path / "index.html").write_text("the console")
    port = free_port()
    words = ["python3", "-m", "http.server", "--bind", "127.0.0.1", "-d", str(tmp_path), str(port)]
    with program(words, port):
        yield port


@contextmanager
def supporter(root: Path) -> Iterator[tuple[int, Path]]:
    """A supporter's machine; its port and what its sshd logs."""
    port, log = free_port(), root / "log"
    (root / "sshd.conf").write_text(_CONFIG.format(port=port, folder=root))
    options: dict[str, object] = {}
    if os.getuid() == 0:
        account = pwd.getpwnam(SSHD_ACCOUNT)
        options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        for path in (root, *root.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
    with program([SSHD, "-D", "-E", str(log), "-f", str(root / "sshd.conf")], port, **options):
        yield port, log


def test_the_supporter_reaches_the_console_until_the_mark_is_gone(
    console: int, tmp_path: Path
) -> None:
    ours = tmp_path / "support"
    ours.mkdir()
    public = ssh_key(ours / "key")
    with tempfile.TemporaryDirectory(prefix="markaz-sshd-") as name:
        root = Path(name)
        host_key = ssh_key(root / "host")
        (root / "authorized").write_text(public)
        user = pwd.getpwuid(os.getuid()).pw_name if os.getuid() else SSHD_ACCOUNT
        with supporter(root) as (port, log):
            (ours / "server").write_text(f"{user}@127.0.0.1 {port}\n")
            (ours / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n")
            (ours / "on").touch()
            tunnel = subprocess.Popen([str(SUPPORT), str(ours), f"127.0.0.1:{console}"])
            try:
                far = until(lambda: _far_port(log), 20.0, "the tunnel stands")
                with urllib.request.urlopen(f"http://127.0.0.1:{far}/", timeout=10) as answer:
                    assert answer.read() == b"the console"
                (ours / "on").unlink()
                assert tunnel.wait(20.0) == 0
            finally:
                tunnel.terminate()
                tunnel.wait(10.0)


def test_without_the_mark_nothing_runs(tmp_path: Path) -> None:
    (tmp_path / "server").write_text("nobody@127.0.0.1 1\n")
    done = subprocess.run([str(SUPPORT), str(tmp_path), "127.0.0.1:1"], timeout=20.0, check=True)
    assert done.returncode == 0


def _far_port(log: Path) -> int:
    found = re.search(r"Allocated listen port (\d+)", log.read_text() if log.exists() else "")
    return int(found[1]) if found else 0
