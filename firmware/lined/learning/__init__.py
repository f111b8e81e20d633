"""Learning a line: calls that measure how the exchange at its other end behaves.

``probe`` has a line in its hands: off hook, listen, dial. ``steps`` are the calls, ``wizard``
runs them one after the other for a technician or a bench, ``daily`` learns quietly from calls
that are made anyway. What they observe goes to ``firmware.model.learning``, which concludes;
nothing is set here.
"""
