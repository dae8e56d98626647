"""Incidents: alerts gathered at their cause, with impact, clocks and who works on them."""
