"""Deployments as the tools that make them tell: one parser a tool, payload to change log entry."""
