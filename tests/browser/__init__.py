"""The console in a real browser, and the stage it is tested on."""
