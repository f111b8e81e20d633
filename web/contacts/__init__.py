"""The phonebook's pages: who is outside, by name and number."""
