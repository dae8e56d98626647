"""Screens of administrators and auditors, and of whoever asks what we watch and how it runs."""
