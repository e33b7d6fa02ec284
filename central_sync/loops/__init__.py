"""What the centre does, and when: one loop a file, over ports."""
