"""Rehearses on this machine with real stores, a real broker, a real centre and real signatures."""
