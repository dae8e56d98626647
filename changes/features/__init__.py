"""Features: what a flag says to whom follows from the waves of its roll-out."""
