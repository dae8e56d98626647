"""Incidents: alerts gathered at their cause, with impact, clocks and the people who work on them."""
