"""Garbage is looked for less often, and not among what stays: a fifth of what the tests cost.

Python looks after every 700 new objects, each time a little longer for every module and every test
there is. Whatever is left behind is still found, and what should have been closed still told.
"""

import gc


def seldom() -> None:
    """Look after every 20,000 new objects."""
    gc.set_threshold(20_000, 20, 50)


def keep_what_stays() -> None:
    """Never look again at what there is now: modules and the tests that were collected."""
    gc.collect()
    gc.freeze()
