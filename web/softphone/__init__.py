"""The telephone in the browser: a page of its own that stays open while the console goes on."""
