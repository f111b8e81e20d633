"""Backups: one encrypted file that an empty box becomes this box from."""
