"""The benchmark: calls by the hundred through the real daemons, and what they cost.

``python -m tests.bench`` places SIPp's calls through Kamailio and switchd to telephones that
SIPp plays too, with sound both ways and every call recorded. See ``runs`` for what is run and
``report`` for what comes out.
"""
