"""Putting a message into a box: the last step, after its file is whole and on the disk.

The message and the letters that tell of it become known in one transaction: nobody is told of a
message that is not there, and no message is there that nobody is told of. Done again after a
power cut, nothing happens twice.
"""

from __future__ import annotations

import contextlib
import os

from sqlite_utils import Database

from firmware.config.home import Home
from firmware.config.schema import Site
from firmware.model.voicemail import Message
from firmware.store import mailboxes, outbox
from firmware.store.sqlite import writing
from firmware.voicemail.files import sync_folder
from firmware.voicemail.notices import letters_about


def deliver(home: Home, db: Database, site: Site, message: Message) -> bool:
    """Put ``message``, whose file lies in its place, on record and its letters into the outbox.

    Returns:
        False when it was on record already, and nothing was done.

    Raises:
        OSError, sqlite3.Error: the disk or the store does not take it now; nothing was done.
    """
    language = mailboxes.state_of(db, message.box).language
    letters = letters_about(message, site, language)
    for letter in letters:
        if letter.attachment:
            _lay_aside(home, message, letter.attachment)
    with writing(db):
        if not mailboxes.insert(db, message):
            return False
        for letter in letters:
            outbox.put(db, letter)
    return True


def _lay_aside(home: Home, message: Message, name: str) -> None:
    """A second name for the message's file: the letter keeps its attachment when the owner
    deletes the message before the mail could go."""
    with contextlib.suppress(FileExistsError):
        os.link(home.voicemail / message.path, home.outbox / name)
    sync_folder(home.outbox)
