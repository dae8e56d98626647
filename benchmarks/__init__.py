"""Yardsticks that anybody can run: ``make bench``, or one by one with ``--json``."""
