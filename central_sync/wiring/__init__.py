"""The parts of the wiring that have a file of their own; server puts them together."""
