"""The box's inner addresses: loopback, where Kamailio, switchd and lined meet only each other.

They are fixed, so that each can check by address who speaks to it; the ports are the site's
(``Network.inner_edge_port`` and its neighbours).
"""

from __future__ import annotations

EDGE_ADDRESS = "127.0.0.2"
"""Kamailio's inner side."""

SWITCH_ADDRESS = "127.0.0.3"
"""switchd."""

LINES_ADDRESS = "127.0.0.4"
"""lined."""

KEEPER_ADDRESS = "127.0.0.5"
"""The edge's keeper, which tells Kamailio what the lamps show; on the inner edge port as well."""
