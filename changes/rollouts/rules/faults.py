"""A fault of a plan as a sentence that knows which field of which wave it is about. Pure."""

import re

WATCH = 0  # the wave that stands for the time after the last one
_WAVE = re.compile(r"\bwave (\d{1,4})\b")
_METRIC = re.compile(r"metric '([^']{1,64})'")


class Fault(str):
    """A sentence without its full stop; ``wave`` is None for the whole, 0 for the watch.

    ``field`` is a field of the wave, ``metric:name`` for one metric of its gate.
    """

    wave: int | None
    field: str

    def __new__(cls, text: str, wave: int | None = None, field: str = "") -> "Fault":
        """Return the sentence with its place."""
        found = super().__new__(cls, text)
        found.wave, found.field = wave, field
        return found


def placed(text: str, where: str, field: str = "") -> Fault:
    """Return a fault of ``where`` in words (``a task of wave 2``), beside its field."""
    named = _WAVE.search(where)
    wave = int(named[1]) if named else WATCH if "watch" in where else None
    return Fault(text, wave, _field(where, field))


def _field(where: str, field: str) -> str:
    for word, found in (("cohort", "cohorts"), ("task", "tasks"), ("gate", "gate")):
        if where.startswith((f"a {word} of", f"the {word} ")):
            return found
    return field


def of_gate(text: str, where: str) -> Fault:
    """Return what a gate's own reader said, beside the metric that it names."""
    metric = _METRIC.match(text)
    wave = placed(text, where).wave
    return Fault(f"{where}: {text}", wave, f"metric:{metric[1]}" if metric else "gate")
