"""Make and end features."""
