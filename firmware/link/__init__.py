"""How the daemons talk: JSON lines over one Unix socket each, typed by ``api``."""
