"""Flows: what a caller goes through before a person answers, as data: nodes, their checks, the
texts with gaps that are said, and the expressions that decide."""
