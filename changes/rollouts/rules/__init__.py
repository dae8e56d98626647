"""What may begin when, what holds it, and what a wave covers. Pure."""
