"""What a store and the centre say to each other: pure values, no I/O."""
