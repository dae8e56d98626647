"""Reconciliation: the lines of two systems matched day by day, breaks owned until explained."""
