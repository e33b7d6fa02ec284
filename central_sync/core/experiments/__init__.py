"""Experiments in the stores: planned, told, judged at every look, and stopped when they harm."""
