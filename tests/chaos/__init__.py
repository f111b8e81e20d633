"""Random faults under calls, and what must hold whatever fails: ``make chaos``."""
