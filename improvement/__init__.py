"""Continuous improvement: nothing yet."""
