"""The command line, ``markaz``: the technician's way into a box that runs.

Exit status: 0 done; 1 the box said no, or a daemon is down; 2 the command was written wrongly;
3 the site configuration has problems.
"""
