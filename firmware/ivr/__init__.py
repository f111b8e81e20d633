"""Flows at work: one coroutine a call goes through the nodes. What it needs of the telephone and
of the exchange are protocols (``ports``), so that ``markaz ivr simulate`` runs the very same."""
