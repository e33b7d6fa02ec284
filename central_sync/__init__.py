"""The program at the centre."""
