"""Sections of the store's configuration that are long enough for a file of their own."""
