"""The section ``backup``: where the box's backups go, when, for whom they are encrypted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, SecretStr

from firmware.config.problem import Problem
from firmware.config.sections.recording import AgeRecipient
from firmware.config.types import FilePath, Section, Server, TcpPort, Truth, WholeNumber, text

Item = Mapping[str, Any]

ClockTime = Annotated[str, text(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", "a time of day, as in 02:30")]
Folder = Annotated[
    str, text(r"^[A-Za-z0-9_./-]{0,200}$", "a folder's path of letters, digits, / . _ and -")
]
User = Annotated[
    str, text(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$", "a user's name of a-z, 0-9, _ . and -")
]
HostKey = Annotated[
    str,
    text(
        r"^(ssh-ed25519|ecdsa-sha2-nistp[0-9]{3}|ssh-rsa) [A-Za-z0-9+/=]{60,800}$",
        'a server\'s public key, as "ssh-keyscan" prints it behind the name: "ssh-ed25519 AAAA..."',
    ),
]
Bucket = Annotated[str, text(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "a bucket's name")]
Region = Annotated[str, text(r"^[a-z0-9-]{0,40}$", "a region's name, as in us-east-1")]


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"


class FolderPlace(Section):
    """A folder on another disk: a USB stick, a share that the system mounts."""

    path: Folder
    own_disk: Truth = False  # true: it may be on the box's own disk, with which it is lost


class SshPlace(Section):
    """A folder on a server that is reached by sftp."""

    host: Server
    port: TcpPort = 22
    user: User
    key_file: FilePath  # the secret key of OpenSSH, without a passphrase
    host_key: HostKey
    path: Folder


class S3Place(Section):
    """A bucket of Amazon S3, or of a server that speaks its language."""

    host: Server  # "s3.eu-central-1.amazonaws.com", "192.168.1.9:9000"
    tls: Truth = True
    ca: FilePath = ""  # PEM of the authority that signed the server's certificate, if no public one
    region: Region = ""
    bucket: Bucket
    path: Folder = ""  # put before the names, as in "office-1/"
    access_key: Annotated[str, text(r"^[!-~]{1,128}$", "an access key without spaces")]
    secret_key: SecretStr


class Backup(Section):
    """Backups: without a place none are made. At most one place is named."""

    folder: FolderPlace | None = None
    ssh: SshPlace | None = None
    s3: S3Place | None = None
    recipient: tuple[AgeRecipient, ...] = ()
    at: ClockTime = "02:30"  # in the office's time zone
    every: Every = Every.DAY
    keep: Annotated[WholeNumber, Field(ge=1, le=1000)] = 14  # so many of the newest
    recordings: Truth = False

    @property
    def is_wanted(self) -> bool:
        """Whether there is a place."""
        return bool(self.folder or self.ssh or self.s3)

    @property
    def address(self) -> str:
        """Where the place is in the network; no host of a folder."""
        if self.ssh:
            return f"sftp://{self.ssh.host}"
        return f"https://{self.s3.host}" if self.s3 else "file://"


_PLACES = ("folder", "ssh", "s3")


def check(document: Item, mask: str) -> Iterator[Problem]:
    """Every problem of the section; ``mask`` is what stands for a secret that is not shown."""
    written = document.get("backup")
    if not isinstance(written, dict):
        return
    places = [name for name in _PLACES if written.get(name) not in (None, "")]
    if len(places) > 1:
        yield Problem(
            path=f"backup.{places[1]}",
            reason=f"there is a place already: {places[0]}",
            suggestion="keep one of them",
        )
    if places and not written.get("recipient"):
        yield Problem(
            path="backup.recipient",
            reason="is missing: a backup holds every password of the box and is encrypted",
            suggestion="`markaz backup key FILE` makes a key and says its public part",
        )
    store = written.get("s3")
    if isinstance(store, dict) and store.get("secret_key") == mask:
        yield Problem(
            path="backup.s3.secret_key",
            value=mask,
            reason="is the mask of a shown configuration, not a key",
            suggestion="start from `markaz config show --secrets`",
        )
