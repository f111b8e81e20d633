"""The outbox: sends the box's letters, by mail and by SIM, until somebody has taken them.

A process of its own and not a part of the recorder: a mail server that answers slowly, or not,
must not keep recordings from being finished, and what meets the internet sees as little of the
box as it can.
"""
