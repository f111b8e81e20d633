"""The register's tables as numbered steps, as in ``firmware.store.migrations``."""
