"""What the store and the centre share: the wire, the plumbing and the feature code."""
