"""Sections of the site configuration that have a module of their own: types and rules together."""
