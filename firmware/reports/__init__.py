"""Reports: figures of the past by whatever they can be told apart by; pure.

A day's records become columns (``columns``), which are added up by key (``tally``) over the
period that a ``question`` names; ``figures`` makes ratios of the sums. ``firmware.store.reports``
reads the days and puts it together.
"""
