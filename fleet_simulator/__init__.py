"""Rehearses rollouts: thousands of hollow stores in simulated time, or some real ones here.

Stands on both programs and is no part of either; a store device never installs it.
"""
