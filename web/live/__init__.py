"""What happens on the box now: a mirror of the daemons' rows, and the page that shows it."""
