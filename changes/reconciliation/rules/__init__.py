"""Matching, classes of breaks, the exit rule. Pure."""
