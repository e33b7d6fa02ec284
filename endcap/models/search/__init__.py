"""What indexing a catalogue and asking it must do alike: words, sizes, spelling. Pure."""
