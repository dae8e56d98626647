"""Figures and tickets of sites as they are sent: read whole, every fault by row. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from changes.programmes.rules.drafts import CODE
from ssoc.core.currencies import is_currency
from ssoc.core.errors import BadInput

MOST_ROWS = 20_000
MOST_FAULTS = 20
FIGURE_COLUMNS = ("site", "hour", "count", "value", "currency", "failed")
TICKET_COLUMNS = ("site", "reference", "title", "opened_at")
_MOST_COUNT = 1_000_000_000
_LONGEST_CODE = 32


@dataclass(frozen=True)
class Figure:
    """What a site sold in one hour in one currency."""

    site: str
    hour: datetime
    currency: str
    sales: int
    amount: Decimal
    failed: int = 0


@dataclass(frozen=True)
class Ticket:
    """One ticket of a site."""

    site: str
    reference: str
    opened_at: datetime
    title: str = ""


def codes(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the codes of sites that rows name, to be looked up."""
    named = (str(row.get("site") or "").replace("\0", "").strip() for row in _some(rows))
    return {each for each in named if CODE.fullmatch(each)}


def read_figures(
    rows: Sequence[Mapping[str, Any]], now: datetime, sites: Collection[str]
) -> list[Figure]:
    """Return the figures that rows hold, or raise BadInput that names the faults by row.

    ``sites`` are the codes there are. The same site, hour and currency twice is a fault: which
    of the two would be true?
    """
    faults: list[str] = []
    found = [_figure(at, row, now, sites, faults) for at, row in enumerate(_some(rows), 1)]
    kept = [each for each in found if each is not None]
    seen: dict[tuple[str, datetime, str], int] = {}
    for at, each in enumerate(found, 1):
        if each is None:
            continue
        key = (each.site, each.hour, each.currency)
        if key in seen:
            faults.append(f"row {at} is the same site, hour and currency as row {seen[key]}")
        seen.setdefault(key, at)
    _refuse(faults)
    return kept


def read_tickets(
    rows: Sequence[Mapping[str, Any]], now: datetime, sites: Collection[str]
) -> list[Ticket]:
    """Return the tickets that rows hold, or raise BadInput that names the faults by row."""
    faults: list[str] = []
    found = []
    for at, row in enumerate(_some(rows), 1):
        before = len(faults)
        _strangers(at, row, TICKET_COLUMNS, faults)
        site = _site(row, at, sites, faults)
        reference = _text(row, "reference", 64, at, faults)
        opened = _instant(row.get("opened_at"), "opened_at", at, now, faults)
        title = " ".join(str(row.get("title") or "").replace("\0", "").split())[:255]
        if len(faults) == before and opened is not None:
            found.append(Ticket(site, reference, opened, title))
    _refuse(faults)
    return found


def _some(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if not rows or len(rows) > MOST_ROWS:
        raise BadInput(f"send 1 to {MOST_ROWS} rows at once, not {len(rows)}")
    return rows


def _figure(
    at: int, row: Mapping[str, Any], now: datetime, sites: Collection[str], faults: list[str]
) -> Figure | None:
    before = len(faults)
    _strangers(at, row, FIGURE_COLUMNS, faults)
    site = _site(row, at, sites, faults)
    currency = str(row.get("currency") or "")
    if not is_currency(currency.upper()):
        faults.append(
            f"row {at}: currency {currency[:16]!r} is no ISO 4217 code in use, such as KES"
        )
    hour = _instant(row.get("hour"), "hour", at, now, faults)
    if hour is not None and (hour.minute or hour.second or hour.microsecond):
        faults.append(f"row {at}: hour {hour:%H:%M:%S} is not a whole hour")
    sales = _count(row.get("count"), "count", at, faults)
    failed = _count(row.get("failed", 0) or 0, "failed", at, faults)
    amount = _amount(row.get("value"), at, faults)
    if len(faults) > before or hour is None:
        return None
    return Figure(site, hour, currency.upper(), sales, amount, failed)


def _strangers(at: int, row: Mapping[str, Any], known: Sequence[str], faults: list[str]) -> None:
    strange = sorted(str(each) for each in row.keys() - set(known))
    if strange:
        faults.append(f"row {at} has no field {strange[0][:32]!r}; there are {', '.join(known)}")


def _site(row: Mapping[str, Any], at: int, sites: Collection[str], faults: list[str]) -> str:
    code = _text(row, "site", _LONGEST_CODE, at, faults)
    if 0 < len(code) <= _LONGEST_CODE and code not in sites:
        faults.append(f"row {at}: there is no site {code} that you may see")
    return code


def _text(row: Mapping[str, Any], name: str, most: int, at: int, faults: list[str]) -> str:
    text = str(row.get(name) or "").replace("\0", "").strip()
    if not text or len(text) > most:
        faults.append(f"row {at}: {name} is missing or longer than {most} signs")
    return text


def _instant(
    given: object, name: str, at: int, now: datetime, faults: list[str]
) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(given).strip())
        if found.tzinfo is None:
            raise ValueError
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        faults.append(
            f"row {at}: {name} {str(given)[:32]!r} is no instant with its offset such as "
            "2026-03-02T08:00:00Z"
        )
        return None
    if found > now + timedelta(minutes=5):
        faults.append(f"row {at}: {name} {found:%Y-%m-%d %H:%M} UTC lies ahead")
        return None
    return found


def _count(given: object, name: str, at: int, faults: list[str]) -> int:
    text = str(given).strip()
    if isinstance(given, bool) or not (text.isascii() and text.isdecimal()):
        faults.append(f"row {at}: {name} {text[:16]!r} is no whole number of 0 or more")
        return 0
    if int(text[:12]) > _MOST_COUNT:
        faults.append(f"row {at}: {name} {text[:16]} is more than {_MOST_COUNT}")
        return 0
    return int(text)


def _amount(given: object, at: int, faults: list[str]) -> Decimal:
    try:
        found = Decimal(str(given).strip())
        if not found.is_finite() or not 0 <= found < Decimal(10) ** 15:
            raise InvalidOperation
        return found.quantize(Decimal("0.001"))
    except InvalidOperation:
        text = str(given)[:24]
        faults.append(f"row {at}: value {text!r} is no amount of 0 or more such as 1234.50")
        return Decimal(0)


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        more = len(faults) - MOST_FAULTS
        also = [f"and {more} more faults"] if more > 0 else []
        raise BadInput("; ".join([*faults[:MOST_FAULTS], *also]) + "; nothing was stored")
