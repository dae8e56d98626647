"""What an address asks of breaks: the same words on the page, in the file and over the API."""

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation

from changes.programmes.queries import reconciled
from changes.reconciliation.queries.break_list import MOST_AGE, OLDEST, BreakFilter
from ssoc.core.errors import BadInput
from ssoc.core.work import Work
from web.programmes.recon_list_view import date_of

NAMES = (
    "state",
    "kind",
    "owner",
    "age",
    "amount",
    "currency",
    "market",
    "wave",
    "run",
    "day",
    "q",
    "order",
)


def break_filter(work: Work, given: Mapping[str, str]) -> BreakFilter:
    """Return the filter of an address; a value that is none is BadInput."""

    def text(name: str) -> str:
        return given.get(name, "")

    return BreakFilter(
        market=text("market")[:8],
        subjects=wave_subjects(work, text("wave")),
        parallel_id=_whole(text("run"), "run", 1 << 31),
        day=date_of(text("day")),
        state=text("state"),
        kind=text("kind"),
        owner=text("owner")[:128],
        age=_whole(text("age"), "age", MOST_AGE),
        amount=_amount(text("amount")),
        currency=text("currency")[:3].upper(),
        words=text("q")[:200],
        order=text("order") or OLDEST,
    )


def wave_subjects(work: Work, wave: str) -> Collection[str] | None:
    """Return the subjects of the sites of a wave, None when none is asked for."""
    if not wave:
        return None
    if not any(str(number) == wave for number, _ in reconciled.waves(work)):
        raise BadInput(f"there is no wave {wave[:16]!r} that you may see")
    return reconciled.of_wave(work, int(wave))


def _whole(text: str, name: str, most: int) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= most):
        raise BadInput(f"{name} must be a whole number of at most {most}")
    return int(text)


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise BadInput(f"{text[:16]!r} is no amount such as 100.00") from None
