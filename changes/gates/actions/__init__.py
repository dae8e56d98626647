"""Open a gate, write measurements, answer by hand, consume evidence."""
