"""DHCP: options for telephones beside the office's router, addresses where nobody else gives any."""
