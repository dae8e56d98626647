"""Programmes, sites and what blocks them as frozen values."""
