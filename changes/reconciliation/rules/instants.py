"""Times as extracts write them: texts in, instants out. Pure.

A time with an offset is an instant already. One without is that of the zone which the definition
names: a wall time that happens twice, when clocks go back, is its first pass; one that never was,
when they go forward, is a fault, because then the zone is the wrong one.
"""

from datetime import UTC, datetime

from changes.reconciliation.rules.lines import micros
from ssoc.core.calendar import zone_of
from ssoc.core.errors import BadInput

ISO = "iso"
_TRIED = datetime(2026, 3, 2, 14, 5, 6)  # noqa: DTZ001 (a wall time, to try the form with)


class InstantReader:
    """Reads times that are written in one form: ``iso``, or one of ``strptime``."""

    def __init__(self, form: str = ISO, zone: str = "") -> None:
        self.form, self.zone_name = form, zone
        self._zone = zone_of(zone) if zone else None
        if form != ISO:
            _refuse_form(form)

    def micros(self, text: str) -> int:
        """Return the microseconds since 1970 of a text, or raise BadInput."""
        return micros(self.instant(text))

    def instant(self, text: str) -> datetime:
        """Return the instant of a text, or raise BadInput that says what was expected."""
        try:
            found = self._read(text.strip())
        except (ValueError, OverflowError):
            raise BadInput(f"{text[:32]!r} is no time written as {self.form}") from None
        if found.year not in range(1971, 2200):
            raise BadInput(f"{text[:32]!r} is in the year {found.year}")
        return found if found.tzinfo else self._placed(found, text)

    def _read(self, text: str) -> datetime:
        if self.form == ISO:
            return datetime.fromisoformat(text)
        return datetime.strptime(text, self.form)  # noqa: DTZ007 (placed right after)

    def _placed(self, found: datetime, text: str) -> datetime:
        if self._zone is None:
            raise BadInput(f"{text[:32]!r} has no offset; name the time zone of the extract")
        placed = found.replace(tzinfo=self._zone).astimezone(UTC)
        if placed.astimezone(self._zone).replace(tzinfo=None) != found:
            raise BadInput(
                f"{text[:32]!r} never was in {self.zone_name}, the clocks went forward; is the "
                "zone another one?"
            )
        return placed


def _refuse_form(form: str) -> None:
    """Refuse a form that does not say the day and the time of it."""
    try:
        told = datetime.strptime(_TRIED.strftime(form), form)  # noqa: DTZ007
    except ValueError:
        told = None
    if told is None or told.replace(second=0, tzinfo=None) != _TRIED.replace(second=0):
        raise BadInput(
            f"{form[:40]!r} does not say day and time; write iso, or such as %d/%m/%Y %H:%M:%S"
        )
