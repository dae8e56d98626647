"""Screens of the operations room: wall, triage, incident, alerts, silences, windows."""
