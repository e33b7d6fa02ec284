"""What the store and the centre share: the wire, the plumbing and the feature code."""

__version__ = "0.1.0"
"""Of both programs. Told here, not by an installed package: a container has the code alone."""
