"""The text Alertmanager writes for a person, read back into the alerts it was made of.

Its PagerDuty notices carry labels only as lines: ``Labels:``, `` - name = value`` …,
``Annotations:``, the same again, ``Source: address``; several alerts follow each other.
"""

from dataclasses import dataclass, field

_SECTIONS = {"Labels:": "labels", "Annotations:": "annotations"}
MOST_LINES = 50_000


@dataclass
class WrittenAlert:
    """One alert as it was written out."""

    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    source: str = ""


def read(text: str) -> list[WrittenAlert]:
    """Return the alerts in ``text``; lines before the first ``Labels:`` are passed over.

    A value may go on over several lines; each belongs to the name above it.
    """
    found: list[WrittenAlert] = []
    section, name = "", ""
    for line in text.split("\n")[:MOST_LINES]:
        if line in _SECTIONS:
            section, name = _SECTIONS[line], ""
            if section == "labels":
                found.append(WrittenAlert())
        elif not found:
            continue
        elif line.startswith("Source: ") and section:
            found[-1].source, section = line[8:].strip(), ""
        elif section:
            name = _take(line, name, getattr(found[-1], section))
    return [alert for alert in found if alert.labels]


def _take(line: str, name: str, into: dict[str, str]) -> str:
    """Put one line into ``into``; return the name that the next line may continue."""
    given, equals, value = line[3:].partition(" = ")
    if line.startswith(" - ") and equals:
        into[given] = value
        return given
    if name:
        into[name] += f"\n{line}"
    return name
