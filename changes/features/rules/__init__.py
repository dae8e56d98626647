"""What a flag answers in a context. Pure."""
