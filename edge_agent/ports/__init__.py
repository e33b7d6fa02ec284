"""What the store needs from the world, as protocols of one to three methods.

One file for each part of the store. Each docstring is a promise that the real adapter and the
fake in tests/fakes both keep, proven by the same tests.
"""
