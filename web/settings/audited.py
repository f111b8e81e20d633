"""What a version of the site configuration changed, in the audit trail."""

from __future__ import annotations

from firmware.config.home import Home
from web.settings import edit
from web.system import trail


def tell(home: Home, version: int) -> None:
    """Every change of a version just accepted, its secrets masked. The configuration's own history
    has it already, so a store that cannot be written takes nothing back."""
    for change in edit.changes_of(home, version):
        trail.tell(
            trail.Change.SETTINGS, subject=change.path, before=change.before, after=change.after
        )
