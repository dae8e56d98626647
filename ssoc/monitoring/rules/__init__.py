"""Decisions of monitoring: values in, values out, nothing asked and nothing written."""
