"""Phones and ATAs that configure themselves from the box."""
