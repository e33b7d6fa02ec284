"""What the centre answers over HTTP, to people and to stores."""
