"""Decisions about changes: values in, values and reasons out."""
