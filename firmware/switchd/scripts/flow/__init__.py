"""A caller goes through flows: ``firmware.ivr`` with a call's legs and the exchange around it."""
