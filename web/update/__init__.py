"""The console's page of updates: what runs, what is offered, and the orders about it."""
