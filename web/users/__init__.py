"""The people who may use the console, for the owner: roles, queues, second factors."""
