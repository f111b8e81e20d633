"""A folder on a server, by OpenSSH's ``sftp``: a key file, and a server whose key is known."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from firmware.backup.failure import BackupFailed, Stopped
from firmware.backup.place import PART, Stored, digest_of, told
from firmware.config.sections.backup import SshPlace

_OPTIONS = (
    "BatchMode=yes",  # nobody is there to type
    "IdentitiesOnly=yes",
    "StrictHostKeyChecking=yes",
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "ConnectTimeout=20",
    "ServerAliveInterval=15",  # a line that is dead ends it after a minute
    "ServerAliveCountMax=4",
    "LogLevel=ERROR",  # not "-q", which keeps the reason of a failure to itself
)
_LISTED = re.compile(r"^-\S+\s+\S+\s+\S+\s+\S+\s+(\d+)\s+\S+\s+\S+\s+\S+\s+(\S.*)$")
"""A plain file in ``ls -ln``: mode, links, owner, group, size, month, day, time, name."""

_LOOK_S = 0.5


class FolderBySsh:
    """The folder of an ``SshPlace``. ``scratch`` is a folder of our own; ``stop`` ends a wait."""

    def __init__(self, wish: SshPlace, scratch: Path, stop: Callable[[], bool]) -> None:
        self._wish = wish
        self._scratch = scratch
        self._stop = stop

    @property
    def workshop(self) -> Path | None:
        """Place: the archive is made on the box's own disk first."""
        return None

    def keep(self, part: Path, name: str, sha256: str) -> None:
        """Place. The disk holds the archive once: it leaves before it is read back."""
        there = f"{name}{PART}"
        self._do(f"put -f {_quoted(str(part))} {self._path(there)}")
        part.unlink()
        try:
            self._do(f"get {self._path(there)} {_quoted(str(part))}")
            self._compare(part, sha256)
        except BackupFailed:
            self._do(f"-rm {self._path(there)}")
            raise
        self._do(f"rename {self._path(there)} {self._path(name)}")
        part.unlink()

    def _compare(self, part: Path, sha256: str) -> None:
        with told("what the server gives back cannot be read"):
            if digest_of(part) != sha256:
                raise BackupFailed(f"{self._wish.host} gives back what was not sent to it")

    def stored(self) -> list[Stored]:
        """Place."""
        lines = self._do(f"ls -ln {_quoted(self._wish.path or '.')}").splitlines()
        found = [match for line in lines if (match := _LISTED.match(line))]
        return [Stored(name=m[2].rpartition("/")[2], bytes=int(m[1])) for m in found]

    def delete(self, name: str) -> None:
        """Place."""
        self._do(f"rm {self._path(name)}")

    def _path(self, name: str) -> str:
        return _quoted(f"{self._wish.path or '.'}/{name}")

    def _do(self, command: str) -> str:
        """Run one command of sftp's and return what it prints."""
        with told("sftp cannot be started"), tempfile.TemporaryDirectory(dir=self._scratch) as own:
            known = Path(own) / "known_hosts"
            known.write_text(f"{self._server} {self._wish.host_key}\n")
            batch = Path(own) / "commands"
            batch.write_text(f"{command}\n")
            program = subprocess.Popen(
                self._command_line(batch, known),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=os.environ | {"LC_ALL": "C"},
            )
            out, err = self._wait(program)
        if program.returncode != 0:
            said = [line for line in err.splitlines() if not line.startswith("Connected to ")]
            said = said or [f"sftp ended with {program.returncode}"]
            raise BackupFailed(f"{self._wish.user}@{self._wish.host}: {' / '.join(said)}")
        return out

    def _wait(self, program: subprocess.Popen[str]) -> tuple[str, str]:
        with program:
            while True:
                try:
                    return program.communicate(timeout=_LOOK_S)
                except subprocess.TimeoutExpired:
                    if self._stop():
                        program.kill()
                        raise Stopped from None

    @property
    def _server(self) -> str:
        """As it is called in a file of known hosts."""
        host, port = self._wish.host, self._wish.port
        return host if port == 22 else f"[{host}]:{port}"

    def _command_line(self, batch: Path, known: Path) -> Sequence[str]:
        options = [word for option in _OPTIONS for word in ("-o", option)]
        return (
            *("sftp", "-b", str(batch), "-F", "/dev/null", *options),
            *("-o", f"UserKnownHostsFile={_quoted(str(known))}"),
            *("-i", self._wish.key_file, "-P", str(self._wish.port)),
            f"{self._wish.user}@{self._bracketed}",
        )

    @property
    def _bracketed(self) -> str:
        return f"[{self._wish.host}]" if ":" in self._wish.host else self._wish.host


def _quoted(path: str) -> str:
    """A path as sftp reads it in a command, its wildcards disarmed."""
    return '"' + re.sub(r'([\\"*?\[])', r"\\\1", path) + '"'
