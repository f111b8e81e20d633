"""The console: the box in the hands of its technician and its owner, in a browser.

By concern: ``system`` (signing in, languages, sessions), ``live`` (what happens now), ``calls``
(what happened). Pages are rendered here, in the reader's language; scripts only keep them fresh.
"""
