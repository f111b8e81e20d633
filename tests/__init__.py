"""The tests: unit, contract, sim, browser, hil, bench; and the rig they share."""
