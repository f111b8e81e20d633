"""The store's tables as numbered steps: ``0001_*.sql`` leads from version 0 to 1, and so on."""
