"""What an incident costs, by market and together, as text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from incidents.queries import Line, MarketHarm
from ssoc.estate.values import Estate
from ssoc.monitoring.rules.baseline import is_success_low
from web import words

MOST_REASONS = 2


@dataclass(frozen=True)
class Fact:
    """One figure with its label and yardstick."""

    label: str
    figure: str
    unit: str = ""
    yardstick: str = ""


@dataclass(frozen=True)
class HarmRow:
    """What one market suffers."""

    code: str
    name: str
    native: str  # what people there call it, where that is another name
    lang: str
    sight: str  # whether we see it, where that is in question
    success: str
    usual: str
    is_low: bool
    lost: str
    value: str
    usd: str
    why: str = ""  # nothing is counted here now


@dataclass(frozen=True)
class Harm:
    """The impact panel; ``nothing`` says why there are no figures."""

    facts: Sequence[Fact]
    rows: Sequence[HarmRow]
    lost: str
    usd: str
    note: str
    nothing: str = ""


def harm_of(line: Line, estate: Estate, now: datetime) -> Harm:
    """Return what an incident has cost so far."""
    rows = [_row(each, estate) for each in line.harm]
    is_known = any(each.reckoned_to is not None for each in line.harm)
    return Harm(
        facts=_facts(line) if is_known else (),
        rows=rows if is_known else (),
        lost=words.exact(_together(each.lost for each in line.harm)),
        usd=words.exact(_together(each.usd_lost for each in line.harm)),
        note=_note(line.harm, now),
        nothing=_nothing(line),
    )


def _row(harm: MarketHarm, estate: Estate) -> HarmRow:
    market = estate.markets.get(harm.market)
    success, usual = harm.success_percent, harm.usual_percent
    return HarmRow(
        code=harm.market,
        name=market.name if market else harm.market,
        native=market.native_name if market and market.native_name != market.name else "",
        lang=market.languages[0] if market and market.languages else "",
        sight=_sight(harm),
        success=words.percent(success),
        usual=words.percent(usual) if usual is not None else "",
        is_low=success is not None
        and usual is not None
        and is_success_low(float(success), float(usual)),
        lost=words.exact(_whole(harm.lost)),
        value=words.money(harm.value_lost, harm.currency),
        usd=words.exact(_whole(harm.usd_lost)),
        why=_why(harm),
    )


def _why(harm: MarketHarm) -> str:
    """Return why there is no number, or why it grows no more."""
    if harm.lost is None or not harm.why_unknown:
        return harm.why_unknown
    return f"since then {harm.why_unknown}" if harm.counted_at_id else ""


def _whole(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(Decimal(1), ROUND_HALF_UP)


def _together(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what is shown, so that the parts add up to it on the page."""
    known = [whole for each in values if (whole := _whole(each)) is not None]
    return sum(known, Decimal(0)) if known else None


def _sight(harm: MarketHarm) -> str:
    if harm.seen_again_at is not None:
        return "seen again"
    return "not seen" if harm.is_unseen else ""


def _facts(line: Line) -> list[Fact]:
    facts = [
        Fact("Transactions lost", words.short(_together(each.lost for each in line.harm))),
        Fact("Value not moved", _usd(line)),
    ]
    if line.lost_per_minute is not None:
        facts.append(Fact("Still being lost", words.short(line.lost_per_minute), "/ min"))
    unknown = [each.market for each in line.harm if each.lost is None]
    if unknown and line.lost is not None:
        facts.append(Fact("Not known for", " ".join(unknown)))
    return facts


def _usd(line: Line) -> str:
    return words.money(_together(each.usd_lost for each in line.harm), "USD")


def _note(harm: Sequence[MarketHarm], now: datetime) -> str:
    to = max((each.reckoned_to for each in harm if each.reckoned_to), default=None)
    if to is None:
        return ""
    return (
        "against the same hour of the last 4 weeks; technical failures only; "
        f"reckoned to {words.when(to, now)} UTC"
    )


def _nothing(line: Line) -> str:
    if not line.harm:
        return "No alert of it names a market, so nobody can know what it costs."
    return f"What it costs is not known: {_why_in_all(line)}."


def _why_in_all(line: Line) -> str:
    """Return in a clause why no market has a number."""
    if not any(each.reckoned_to is not None for each in line.harm):
        return "it is not reckoned yet"
    reasons = list(dict.fromkeys(each.why_unknown for each in line.harm if each.why_unknown))
    return "; ".join(reasons[:MOST_REASONS]) or "no figures come in"


def lost_words(line: Line) -> tuple[str, str]:
    """Return transactions and value lost for a row of a queue; else that, and why, not known."""
    lost = _together(each.lost for each in line.harm)
    if lost is None:
        return words.UNKNOWN, _why_in_all(line) if line.harm else ""
    return words.exact(lost), _usd(line) if line.usd_lost else ""
