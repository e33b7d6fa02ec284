"""What the centre needs from the world, as protocols of a few methods.

One file for each part of the centre. Each docstring is a promise that the real adapter and the fake
in tests/fakes both keep.
"""
