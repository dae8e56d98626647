"""Features, their flags and their curves."""
