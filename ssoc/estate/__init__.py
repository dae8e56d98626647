"""The estate as data: markets, components, what depends on what, and how each is checked."""
