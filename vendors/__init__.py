"""Vendor coordination: nothing yet; the estate names the vendor of each component."""
