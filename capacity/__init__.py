"""Capacity and forecasts: nothing yet."""
