"""Tables of gates."""
