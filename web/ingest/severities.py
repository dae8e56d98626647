"""The severity words of other tools, and what they mean here."""

from collections.abc import Mapping

from ssoc.core.vocabulary import Severity

_OF: Mapping[Severity, tuple[str, ...]] = {
    Severity.CRITICAL: ("critical", "security", "p1"),
    Severity.ERROR: ("error", "major", "p2"),
    Severity.WARNING: ("warning", "minor", "p3"),
    Severity.INFO: ("info", "informational", "indeterminate", "debug", "trace", "p4", "p5", "none"),
}
RESOLVING = frozenset({"ok", "normal", "cleared"})
_KNOWN = {word: severity for severity, words in _OF.items() for word in words} | {
    word: Severity.INFO for word in RESOLVING
}


def severity_of(word: str) -> Severity:
    """Return what ``word`` means; an unknown one is a warning, never an error."""
    return _KNOWN.get(word.strip().lower(), Severity.WARNING)


def is_known(word: str) -> bool:
    """Tell whether ``word`` is one we know; a missing one counts as known."""
    return not word or word.strip().lower() in _KNOWN
