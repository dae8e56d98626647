"""Screens of those who plan, approve and run changes."""
