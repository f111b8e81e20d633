"""DHCP for telephones: options beside the office's router, addresses only where nobody else does."""
