"""The places of backups against the real other end: OpenSSH's server, and ``moto``, which speaks
S3. Neither touches anything outside its own temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from minio import Minio
from pydantic import SecretStr

from firmware.backup import make, restore
from firmware.backup.failure import BackupFailed, Stopped
from firmware.backup.ssh import FolderBySsh
from firmware.config.home import Home
from firmware.config.sections.backup import S3Place, SshPlace
from tests.rig.until import until
from tests.unit.backup_box import FILES, furnish, key_in, site

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin") or "sshd"
SSHD_ACCOUNT = "sshd"
"""The account that Debian's openssh-server makes. Not "nobody": whom /etc/shadow cannot be read by,
nss-systemd tells that nobody is locked."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def program(arguments: list[str], port: int, **options: object) -> Iterator[None]:
    """A server, from the moment it listens."""
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(arguments, stdout=said, stderr=said, **options)  # type: ignore[call-overload]
        try:
            until(lambda: is_listening(port) or child.poll() is not None, 60, "it listens")
            yield
        except BaseException:
            said.seek(0)
            print(f"{arguments[0]} said:\n{said.read()}")
            raise
        finally:
            child.terminate()
            child.wait(10)


# -- ssh -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An sshd on loopback, its folder for backups, and how a box reaches it."""

    place: SshPlace
    folder: Path


def ssh_key(path: Path) -> str:
    """Make a key pair; the public part."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return " ".join(Path(f"{path}.pub").read_text().split()[:2])


SSHD_CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


@pytest.fixture
def server() -> Iterator[Server]:
    """As root it runs under an account without rights: then it needs neither /run/sshd nor an
    account made for it, and leaves the machine as it was."""
    account = pwd.getpwnam(SSHD_ACCOUNT) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    # not below tmp_path, whose parents only root may enter
    with tempfile.TemporaryDirectory(prefix="markaz-sshd-") as name:
        root, port = Path(name), free_port()
        host_key, client = ssh_key(root / "host"), ssh_key(root / "client")
        (root / "authorized").write_text(client)
        (root / "sshd.conf").write_text(SSHD_CONFIG.format(port=port, folder=root))
        folder = root / "backups"
        folder.mkdir()
        options = {}
        if os.getuid() == 0:
            options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (root, folder, root / "host", root / "authorized", root / "sshd.conf"):
                os.chown(path, account.pw_uid, account.pw_gid)
        place = SshPlace(
            host="127.0.0.1",
            port=port,
            user=account.pw_name,
            key_file=str(root / "client"),
            host_key=host_key,
            path=str(folder),
        )
        with program([SSHD, "-D", "-e", "-f", str(root / "sshd.conf")], port, **options):
            yield Server(place=place, folder=folder)


def test_there_and_back_by_ssh(server: Server, tmp_path: Path) -> None:
    key, public = key_in(tmp_path)
    home, empty = Home(tmp_path / "box"), Home(tmp_path / "new")
    wanted = site(tmp_path, public, folder=None, ssh=server.place, keep=2)
    furnish(home, wanted)
    (server.folder / "not ours").write_bytes(b"x")

    names = [make.make(home, wanted, wall=lambda n=n: 1e9 + n).name for n in range(3)]

    assert {path.name for path in server.folder.iterdir()} == {"not ours", *names[1:]}
    listed = make.backups(wanted, make.place_of(wanted, home))
    assert [(one.name, one.bytes) for one in listed] == [
        (name, (server.folder / name).stat().st_size) for name in names[:0:-1]
    ]
    assert {path.name for path in home.backup.iterdir()} == {"lock", "last.json"}
    restore.restore(server.folder / names[-1], key, empty)
    assert {path: (empty.root / path).read_bytes() for path in FILES} == FILES


def test_a_server_with_another_key_gets_nothing(server: Server, tmp_path: Path) -> None:
    other = ssh_key(tmp_path / "other")
    place = server.place.model_copy(update={"host_key": other})
    box = FolderBySsh(place, tmp_path, lambda: False)
    part = tmp_path / "a.part"
    part.write_bytes(b"secret")
    with pytest.raises(BackupFailed, match="Host key verification failed"):
        box.keep(part, "a", "0")
    assert list(server.folder.iterdir()) == []


def test_what_the_server_refuses_is_told_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "a.part"
    part.write_bytes(b"x" * 100_000)
    with pytest.raises(BackupFailed, match="what was not sent"):
        FolderBySsh(server.place, tmp_path, lambda: False).keep(part, "a", "another digest")
    assert list(server.folder.iterdir()) == []
    gone = server.place.model_copy(update={"path": "/nowhere/at/all"})
    part.write_bytes(b"x")
    with pytest.raises(BackupFailed, match="No such file"):
        FolderBySsh(gone, tmp_path, lambda: False).keep(part, "a", "0")
    ssh_key(tmp_path / "strangers")
    stranger = server.place.model_copy(update={"key_file": str(tmp_path / "strangers")})
    with pytest.raises(BackupFailed, match="Permission denied"):
        FolderBySsh(stranger, tmp_path, lambda: False).stored()


def test_a_server_that_does_not_answer_is_left_when_the_daemon_ends(tmp_path: Path) -> None:
    looks = iter((False, False, True))  # it is waited for, and then no more
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = SshPlace(
            host="127.0.0.1",
            port=silent.getsockname()[1],
            user="u",
            key_file=str(tmp_path / "none"),
            host_key=ssh_key(tmp_path / "key"),
            path="/b",
        )
        with pytest.raises(Stopped):
            FolderBySsh(place, tmp_path, lambda: next(looks)).stored()


# -- S3 --------------------------------------------------------------------------------------


@pytest.fixture
def bucket() -> Iterator[S3Place]:
    port = free_port()
    place = S3Place(
        host=f"127.0.0.1:{port}",
        tls=False,
        region="us-east-1",
        bucket="office",
        path="box-1/",
        access_key="box",
        secret_key=SecretStr("not a secret"),
    )
    with program([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        client_of(place).make_bucket("office")
        yield place


def client_of(place: S3Place) -> Minio:
    secret = place.secret_key.get_secret_value()
    return Minio(
        place.host,
        access_key=place.access_key,
        secret_key=secret,
        secure=False,
        region=place.region,
    )


def test_there_and_back_by_s3(bucket: S3Place, tmp_path: Path) -> None:
    key, public = key_in(tmp_path)
    home, empty = Home(tmp_path / "box"), Home(tmp_path / "new")
    wanted = site(tmp_path, public, folder=None, s3=bucket, keep=2)
    furnish(home, wanted)
    (home.prompts / "long.wav").write_bytes(os.urandom(12_000_000))  # more than one part
    client = client_of(bucket)

    names = [make.make(home, wanted, wall=lambda n=n: 1e9 + n).name for n in range(3)]

    there = [one.object_name for one in client.list_objects("office", recursive=True)]
    assert there == [f"box-1/{name}" for name in names[1:]]
    listed = make.backups(wanted, make.place_of(wanted, home))
    assert [one.name for one in listed] == names[:0:-1]
    assert {path.name for path in home.backup.iterdir()} == {"lock", "last.json"}
    fetched = tmp_path / "fetched.age"
    client.fget_object("office", f"box-1/{names[-1]}", str(fetched))
    restore.restore(fetched, key, empty)
    assert {path: (empty.root / path).read_bytes() for path in FILES} == FILES


def test_a_bucket_that_is_not_there_is_told(bucket: S3Place, tmp_path: Path) -> None:
    other = bucket.model_copy(update={"bucket": "nobodys"})
    wanted = site(tmp_path, key_in(tmp_path)[1], folder=None, s3=other)
    home = Home(tmp_path / "box")
    furnish(home, wanted)
    with pytest.raises(BackupFailed, match="nobodys"):
        make.make(home, wanted)
    with pytest.raises(BackupFailed, match="nobodys"):
        make.backups(wanted, make.place_of(wanted, home))


def test_a_host_that_cannot_be_and_one_that_is_not_there_are_told(tmp_path: Path) -> None:
    home, public = Home(tmp_path / "box"), key_in(tmp_path)[1]
    place = S3Place(
        host="a:b:c", bucket="office", access_key="box", secret_key=SecretStr("not a secret")
    )
    furnish(home, site(tmp_path, public, folder=None, s3=place))
    for host in ("a:b:c", f"127.0.0.1:{free_port()}"):
        away = place.model_copy(update={"host": host, "tls": False})
        with pytest.raises(BackupFailed, match=host):
            make.make(home, site(tmp_path, public, folder=None, s3=away))
    assert {path.name for path in home.backup.iterdir()} <= {"lock"}
