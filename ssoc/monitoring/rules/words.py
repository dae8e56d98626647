"""Figures in the words of a verdict: a number with its unit, a span of time, a count."""

_UNITS = {"percent": "%", "%": "%", "seconds": "s", "s": "s", "ms": "ms", "tps": "TPS", "days": "d"}


def with_unit(value: float, unit: str, name: str) -> str:
    """Return ``61.4 %``; the unit is the sample's own or what its name ends with."""
    word = _UNITS.get(unit.lower(), unit) or _UNITS.get(name.rpartition("_")[2], "")
    digits = f"{value:.1f}".removesuffix(".0") if word == "%" else _short(value)
    return f"{digits} {word}" if word else digits


def _short(value: float) -> str:
    if value == round(value) and abs(value) < 1e6:
        return f"{value:.0f}"
    return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.3e}"


def span_words(seconds: float) -> str:
    """Return a span as people say it: ``90 s``, ``15 min``, ``3 h``, ``12 d``."""
    for size, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s"


def counted(number: int, one: str) -> str:
    """Return ``1 check``, ``2 checks``."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
