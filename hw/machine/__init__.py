"""The machine itself: halting it, starting it anew, laying its disks to rest."""
