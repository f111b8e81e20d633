"""The phonebook: how numbers are compared, who calls, who is not let in, and the files people
bring their contacts in."""
