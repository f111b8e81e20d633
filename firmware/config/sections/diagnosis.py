"""The section ``diagnosis``: where the box's health and its log can be read by other machines."""

from __future__ import annotations

from ipaddress import IPv4Address

from firmware.config.types import Section, TcpPort


class Diagnosis(Section):
    """Prometheus' figures are served on 127.0.0.1 alone. The log goes to ``syslog_server`` besides
    its files, over UDP (RFC 5424 transport of RFC 5426); the server is an address, no name: a line
    of the log asks nobody."""

    metrics_port: TcpPort | None = None  # none: no figures are served
    syslog_server: IPv4Address | None = None  # none: the log stays on the box
    syslog_port: TcpPort = 514
