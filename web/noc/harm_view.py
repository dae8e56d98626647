"""What an incident costs, by market and together, as text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from incidents.queries import Line, MarketHarm
from ssoc.estate.values import Estate
from web import words

LOW_BY = Decimal(2)


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
        lost=words.exact(line.lost),
        usd=words.short(line.usd_lost),
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
        is_low=success is not None and usual is not None and usual - success >= LOW_BY,
        lost=words.exact(harm.lost),
        value=words.money(harm.value_lost, harm.currency),
        usd=words.short(harm.usd_lost),
    )


def _sight(harm: MarketHarm) -> str:
    if harm.seen_again_at is not None:
        return "seen again"
    return "not seen" if harm.is_unseen else ""


def _facts(line: Line) -> list[Fact]:
    facts = [
        Fact("Transactions lost", words.short(line.lost)),
        Fact("Value not moved", words.money(line.usd_lost, "USD")),
    ]
    if line.lost_per_minute is not None:
        facts.append(Fact("Still being lost", words.short(line.lost_per_minute), "/ min"))
    unknown = [each.market for each in line.harm if each.lost is None]
    if unknown and line.lost is not None:
        facts.append(Fact("Not known for", " ".join(unknown)))
    return facts


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
    return "Not reckoned yet, or no volume is measured there: what it costs is not known."


def lost_words(line: Line) -> tuple[str, str]:
    """Return the transactions and the value lost for a row of a queue."""
    if not any(each.reckoned_to is not None for each in line.harm):
        return words.UNKNOWN, ""
    value = words.money(line.usd_lost, "USD") if line.usd_lost else ""
    return words.exact(line.lost), value
