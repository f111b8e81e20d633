"""The phonebook as an address book that telephones read (CardDAV, RFC 6352): ``/dav``."""
