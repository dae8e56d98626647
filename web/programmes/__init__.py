"""Screens of programmes: site board, site page, planners, steering."""
