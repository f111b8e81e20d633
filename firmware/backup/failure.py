"""What can go wrong with a backup, in words for whoever asked for it."""

from __future__ import annotations


class BackupFailed(RuntimeError):
    """There is no new backup; the older ones are as they were."""


class BadArchive(ValueError):
    """The file is no backup that this box can use: damaged, of another key, or not a backup."""


class CannotRestore(RuntimeError):
    """Nothing was changed: the box runs, holds something, or the archive cannot be used."""


class Stopped(Exception):
    """The daemon is to end; the backup is made another time."""
