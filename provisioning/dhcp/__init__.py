"""DHCP: options for telephones beside the office's router; addresses where nobody gives any."""
