"""lined: the media gateway. Every line is a SIP user agent on loopback.

A trunk line or SIM that rings becomes an INVITE to switchd; a call from switchd seizes it and
dials. A station line's telephone is one more phone. switchd never sees a port.

Two threads: the *poller* exchanges frames with the ports and runs the detectors; the daemon's
own thread pumps SIP, steps the lines' state tables and gives orders. What crosses between
them are small queues of audio (``patch``), events handed over, and orders (``channel``).
"""
