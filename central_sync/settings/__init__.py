"""Sections of the centre's configuration that are long enough for a file of their own."""
