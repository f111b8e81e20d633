"""The box's folder: everything it keeps lies under ``MARKAZ_HOME`` (``var/`` by default).

::

    config/site.sqlite            every accepted version of the site configuration
    store/markaz.sqlite           calls, recordings, users of the console
    recordings/2026/11/21/*.wav   finished recordings
    ram/recordings/  ram/voicemail/    recordings being made, messages being left: in memory
    spool/recordings/  spool/voicemail/    the same on the disk, half a second later
    voicemail/101/*.wav           messages; voicemail/101/greetings/ what their owner recorded
    outbox/                       what goes with letters that wait to be sent
    ram/edge/                     Kamailio's databases and the definitions it includes
    edge/                         copies of what of them a power cut must not take; certificates
    provision/                    telephones, their tokens, their firmware files and logs
    learning/fxo-1.json           what daily calls taught about a line
    prompts/fa/*.wav              the office's own recordings, heard instead of the voice
    spoken/fa/text/*.wav          what flows say, spoken by the voice
    flows/2026/11/*.wav           what callers said in flows
    tables/*.csv, *.sqlite        tables for look-ups
    backup/                       a backup that is being made, and when the last one was
    run/*.sock                    one Unix socket a daemon; the simulated wires
    log/*.log                     one log a daemon
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under one root."""

    root: Path

    @classmethod
    def of_environment(cls) -> Home:
        """``MARKAZ_HOME``, or ``var`` in the current folder."""
        return cls(Path(os.environ.get("MARKAZ_HOME", "var")).resolve())

    @property
    def config_db(self) -> Path:
        return self.root / "config" / "site.sqlite"

    @property
    def store_db(self) -> Path:
        return self.root / "store" / "markaz.sqlite"

    @property
    def recordings(self) -> Path:
        return self.root / "recordings"

    @property
    def ram(self) -> Path:
        """A folder in memory (``firmware.box.memory``)."""
        return self.root / "ram"

    @property
    def ram_recordings(self) -> Path:
        return self.ram / "recordings"

    @property
    def ram_voicemail(self) -> Path:
        return self.ram / "voicemail"

    @property
    def ram_edge(self) -> Path:
        return self.ram / "edge"

    @property
    def spool(self) -> Path:
        return self.root / "spool" / "recordings"

    @property
    def voicemail_spool(self) -> Path:
        return self.root / "spool" / "voicemail"

    @property
    def voicemail(self) -> Path:
        return self.root / "voicemail"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def edge(self) -> Path:
        return self.root / "edge"

    @property
    def provision(self) -> Path:
        return self.root / "provision"

    @property
    def learning(self) -> Path:
        return self.root / "learning"

    @property
    def prompts(self) -> Path:
        return self.root / "prompts"

    @property
    def spoken(self) -> Path:
        return self.root / "spoken"

    @property
    def flows(self) -> Path:
        return self.root / "flows"

    @property
    def tables(self) -> Path:
        return self.root / "tables"

    @property
    def backup(self) -> Path:
        return self.root / "backup"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.root / "log"

    def link(self, daemon: str) -> Path:
        """The Unix socket of one daemon: "switchd", "lined", "edge", "bench"."""
        return self.run / f"{daemon}.sock"

    def wire(self, line: str) -> Path:
        """The simulated wire of one line (a Unix socket) or modem (a pty's link)."""
        return self.run / f"wire-{line}"

    def make(self) -> None:
        """Create every folder, readable by the box's user alone."""
        for folder in (
            self.config_db.parent,
            self.store_db.parent,
            self.recordings,
            self.ram_recordings,
            self.ram_voicemail,
            self.ram_edge,
            self.spool,
            self.voicemail_spool,
            self.voicemail,
            self.outbox,
            self.edge,
            self.provision,
            self.prompts,
            self.spoken,
            self.flows,
            self.tables,
            self.backup,
            self.run,
            self.log,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
