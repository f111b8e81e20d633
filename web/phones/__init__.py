"""Telephones that configure themselves: who asks, who is adopted, what each is told."""
