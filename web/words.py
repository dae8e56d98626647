"""Numbers, ages, money and times as operators read them; values in, text out.

Digits are grouped by U+202F, units stand behind U+00A0: neither wraps, nor turns round in
right-to-left text. What is missing is ``–``, what is not known says so.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

THIN, HARD, MINUS, NONE = "\u202f", "\u00a0", "\u2212", "\u2013"
UNKNOWN = f"not{HARD}known"
Number = int | float | Decimal

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SCALES = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"))
_NO_MINOR_UNIT = {"TZS", "CDF", "UGX", "RWF", "XAF", "XOF", "JPY"}
_CARDINALS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def exact(value: Number | None, places: int = 0) -> str:
    """Return the number with its digits grouped, or ``not known``: ``1 246 000``."""
    if value is None:
        return UNKNOWN
    text = f"{abs(Decimal(str(value))):,.{places}f}".replace(",", THIN)
    return f"{MINUS}{text}" if value < 0 and text.strip("0.") else text


def short(value: Number | None) -> str:
    """Return at most four digits for a headline: ``1.25 M``, ``79 600``, ``412``."""
    if value is None:
        return UNKNOWN
    number, size = Decimal(str(value)), abs(Decimal(str(value)))
    for scale, word in _SCALES:
        if size >= scale - scale / 20_000:
            return f"{_three(number / scale)}{HARD}{word}"
    if size >= 10_000:
        return exact(number.quantize(Decimal("1E2")))
    return exact(number, 0 if size >= 10 or number == number.to_integral() else 1)


def _three(number: Decimal) -> str:
    """Return three significant digits, more only before the point."""
    places = 2 if abs(number) < 10 else 1 if abs(number) < 100 else 0
    return exact(number, places)


def money(amount: Number | None, currency: str) -> str:
    """Return the ISO code and the amount in a headline's digits: ``KES 1.74 bn``."""
    return UNKNOWN if amount is None else f"{currency}{HARD}{short(amount)}"


def money_exact(amount: Number | None, currency: str) -> str:
    """Return the ISO code and the whole amount, without a minor unit where none is used."""
    if amount is None:
        return UNKNOWN
    is_large = not -1000 < amount < 1000
    places = 0 if currency in _NO_MINOR_UNIT or is_large else 2
    return f"{currency}{HARD}{exact(amount, places)}"


def percent(value: Number | None, places: int = 1) -> str:
    """Return ``61.4 %``; exactly 100 has no decimals."""
    return UNKNOWN if value is None else f"{percent_number(value, places)}{HARD}%"


def percent_number(value: Number | None, places: int = 1) -> str:
    """Return the figure alone; it says 100 only if it is 100."""
    if value is None:
        return UNKNOWN
    if value == 100:
        return "100"
    text = exact(value, places)
    return f"99.{'9' * max(places, 1)}" if text.startswith("100") and value < 100 else text


def difference(value: Number, places: int = 1) -> str:
    """Return a signed difference: ``−37.5``, ``+0.3``."""
    text = exact(value, places)
    return f"+{text}" if value > 0 else text


def age(span: timedelta) -> str:
    """Return a duration as people say it: ``40 s``, ``18 min``, ``2 h 05``, ``1 d 4 h``."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds}{HARD}s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes}{HARD}min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours}{HARD}h{HARD}{rest:02d}" if rest else f"{hours}{HARD}h"
    days, rest = divmod(minutes // 60, 24)
    return f"{days}{HARD}d{HARD}{rest}{HARD}h" if rest and days < 10 else f"{days}{HARD}d"


def time(at: datetime) -> str:
    """Return hours and minutes of the zone ``at`` is in: ``16:42``."""
    return f"{at:%H:%M}"


def day(at: date, now: date) -> str:
    """Return ``Tue 24 Nov``, with the year if it is another one than now's."""
    text = f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}".replace(" ", HARD)
    return text if at.year == now.year else f"{text}{HARD}{at.year}"


def when(at: datetime | None, now: datetime) -> str:
    """Return the time, with the day before it unless it is today's; ``–`` for none."""
    if at is None:
        return NONE
    return time(at) if at.date() == now.date() else f"{day(at, now)}{HARD}{time(at)}"


def stretch(since: datetime, until: datetime, now: datetime) -> str:
    """Return from when to when, on the clocks they are in; days that differ are both said.

    ``22:00–23:30`` today, ``Tue 24 Nov 22:00–23:30``, ``Wed 18 Nov 22:00–Sun 22 Nov 22:00``.
    """
    if since.date() == until.date():
        return f"{when(since, now)}{NONE}{time(until)}"
    ends = (f"{day(each, now)}{HARD}{time(each)}" for each in (since, until))
    return NONE.join(ends)


def full(at: datetime | None) -> str:
    """Return the instant to the second, for tooltips and footers."""
    if at is None:
        return NONE
    text = f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M:%S} UTC"
    return text.replace(" ", HARD)


def local(at: datetime, zone: str) -> datetime:
    """Return the same instant on the clocks of ``zone``."""
    return at.astimezone(ZoneInfo(zone))


def place(zone: str) -> str:
    """Return the city an IANA zone is named after: ``Dar es Salaam``."""
    return zone.rpartition("/")[2].replace("_", " ").replace("Dar Es", "Dar es")


def counted(number: int, one: str, many: str = "") -> str:
    """Return number and noun that agree: ``1 alert``, ``2 340 alerts``."""
    return f"{exact(number)}{HARD}{one if number == 1 else many or one + 's'}"


def cardinal(number: int) -> str:
    """Return small numbers as words, to begin a sentence with: ``Eight``."""
    return _CARDINALS[number] if 0 <= number < len(_CARDINALS) else exact(number)


def listed(words: Iterable[str], most: int = 0) -> str:
    """Return ``a, b and c``; beyond ``most`` the rest is counted: ``a, b and 7 more``."""
    items = list(words)
    if most and len(items) > most:
        items = [*items[:most], f"{exact(len(items) - most)} more"]
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def cut(text: str, most: int = 44) -> str:
    """Return ``text`` shortened at a word with an ellipsis; the full text stands a step away."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    whole = head.rpartition(" ")[0]
    return f"{(whole if len(whole) > most // 2 else head).rstrip(' ,;:·')}…"


def script(text: str) -> str:
    """Return the language tag of a text that is mostly in Arabic or Ethiopic letters, else ``""``.

    Without it a browser reads such a text aloud in English, and may choose the wrong font.
    """
    if text.isascii():  # most are, and lists ask for thousands
        return ""
    letters = [each for each in text if each.isalpha()]
    for tag, first, last in (("ar", "\u0600", "\u06ff"), ("am", "\u1200", "\u139f")):
        if 2 * sum(first <= each <= last for each in letters) > len(letters):
            return tag
    return ""


def priority(code: str) -> str:
    """Return the word beside a priority's mark: ``critical``."""
    return {"P1": "critical", "P2": "high", "P3": "medium", "P4": "low"}.get(code, "no priority")
