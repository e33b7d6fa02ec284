"""What a person types: one group of commands a file."""
