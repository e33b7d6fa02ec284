"""Rollouts: how a release goes to a fleet in waves, when it stops by itself, and how it goes back.

Reads no clock and tells no store: time and what stores told come in, and what the stores should
want goes out.
"""
