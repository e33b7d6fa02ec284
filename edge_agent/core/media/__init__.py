"""In-store media: which campaign a place is given to, what it pays, and what came of it. Pure."""
