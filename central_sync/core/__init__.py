"""What the centre decides. Pure: no I/O, no clock, no threads."""
