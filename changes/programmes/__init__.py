"""Programmes: one plan for hundreds of sites, from planned to accepted."""
