"""How the box and telephones find one another: SIP PnP, mDNS, a scan on request, the LAN itself."""
