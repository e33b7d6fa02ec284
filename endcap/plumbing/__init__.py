"""The few technical parts both programs need: a closed list."""
