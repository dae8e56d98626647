"""Screens of roll-outs: waves, live gates, evidence, features."""
