"""bench: the simulated world outside the box, for as long as lines are simulated.

Each simulated line has a *far end* here: a central office for a trunk line, a telephone for a
station line, the mobile network for a SIM. Behind it is a *party*, somebody who listens,
presses keys and talks. One thread steps them all every 20 ms, by absolute deadlines, because
these frames are the clock of the lines.
"""
