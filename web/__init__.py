"""Screens and machine doors: the only ring that knows HTTP, organised by who is looking."""
