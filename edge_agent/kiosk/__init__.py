"""What the store answers over HTTP, to its own kiosk and screens."""
