"""A bucket of S3, or of a server that speaks its language, by the library ``minio``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import urllib3
from minio import Minio
from minio.error import MinioException

from firmware.backup.failure import BackupFailed
from firmware.backup.place import Stored
from firmware.config.sections.backup import S3Place

_PIECE_BYTES = 1 << 20
_TIMEOUT = urllib3.Timeout(connect=20.0, read=60.0)


class BucketByS3:
    """The bucket of an ``S3Place``. An object appears whole or not at all, so it needs no
    other name on its way."""

    def __init__(self, wish: S3Place) -> None:
        self._wish = wish
        with self._told():
            self._client = _client(wish)

    @property
    def workshop(self) -> Path | None:
        """Place: the archive is made on the box's own disk first."""
        return None

    def keep(self, part: Path, name: str, sha256: str) -> None:
        """Place."""
        with self._told():
            self._client.fput_object(self._wish.bucket, self._key(name), str(part))
            if self._digest_of(name) != sha256:
                self._client.remove_object(self._wish.bucket, self._key(name))
                raise BackupFailed(f"{self._wish.host} gives back what was not sent to it")
        part.unlink()

    def stored(self) -> list[Stored]:
        """Place."""
        with self._told():
            found = self._client.list_objects(self._wish.bucket, prefix=self._wish.path)
            return [
                Stored(name=one.object_name.rpartition("/")[2], bytes=one.size or 0)
                for one in found
                if one.object_name and not one.is_dir
            ]

    def delete(self, name: str) -> None:
        """Place."""
        with self._told():
            self._client.remove_object(self._wish.bucket, self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._wish.path}{name}"

    def _digest_of(self, name: str) -> str:
        digest = hashlib.sha256()
        answer = self._client.get_object(self._wish.bucket, self._key(name))
        with closing(answer):
            for piece in answer.stream(_PIECE_BYTES):
                digest.update(piece)
            answer.release_conn()
        return digest.hexdigest()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        # minio refuses names that no bucket can have with ValueError
        except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise BackupFailed(f"{self._wish.host}, bucket {self._wish.bucket}: {error}") from error


def _client(wish: S3Place) -> Minio:
    return Minio(
        wish.host,
        access_key=wish.access_key,
        secret_key=wish.secret_key.get_secret_value(),
        secure=wish.tls,
        region=wish.region or None,
        http_client=urllib3.PoolManager(
            timeout=_TIMEOUT,
            retries=urllib3.Retry(2),
            cert_reqs="CERT_REQUIRED",
            ca_certs=wish.ca or None,  # the system's
        ),
    )
