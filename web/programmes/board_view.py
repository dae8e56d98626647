"""The page of a programme as text: its head, its waves, the board, what blocks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from markupsafe import Markup

from changes.programmes.lifecycle import SiteState
from changes.programmes.rules.throughput import pareto
from changes.programmes.values import Board, ProgrammeView, ProgrammeWaveView, SiteLine
from web import words
from web.noc.asked import Asked, Chip
from web.noc.choices import Choice
from web.programmes import drawing, filters
from web.programmes.drawing import LEGEND, Drawing

OTHER = "other"
_EXAMPLES = 1


@dataclass(frozen=True)
class Key:
    """One entry of the legend: its marks, its word, how many, and the filter it stands for."""

    marks: Markup
    word: str
    number: int
    states: str


@dataclass(frozen=True)
class Bar:
    """One sort of what blocks: how many sites, their share with those above, its length."""

    word: str
    number: int
    together: str
    length: int  # percent of the longest
    href: str
    examples: Sequence[tuple[str, str]]  # code of a site, and what is in its way there


@dataclass(frozen=True)
class WaveCard:
    """One wave of the strip."""

    id: int
    position: int
    name: str
    market: str
    region: str
    dates: str
    done: str
    share: int
    blocked: str
    paused: str
    stage: str  # "", "here" or "later"
    href: str
    release: str


LOST_KEY = "lost"  # counted over the states: the ring lies around any square


@dataclass(frozen=True)
class BoardPage:
    """Everything the page of a programme shows of its plan."""

    head: ProgrammeView
    total: int  # sites that the actor sees
    facts: Sequence["Fact"]
    waves: Sequence[WaveCard]
    drawing: Drawing
    said: str
    legend: Sequence[Key]
    blocked: int
    bars: Sequence[Bar]
    waiting: int
    next_bars: Sequence[Bar]
    choices: Sequence[Choice]
    chips: Sequence[Chip]
    dates: str


@dataclass(frozen=True)
class Fact:
    """A figure with its yardstick."""

    label: str
    figure: str
    yardstick: str = ""
    unit: str = ""


def page_of(board: Board, asked: Asked, now: datetime) -> BoardPage:
    """Return the page of a programme under the filters of an address."""
    wanted = filters.filter_of(asked)
    # one pattern for all: the address of a site costs more than its square
    pattern = url_for("programmes.site", site_rollout_id=0)[:-1]
    counts = Counter(each.state for each in board.sites)
    blocked = [each for each in board.sites if each.state is SiteState.BLOCKED]
    waiting = [each for each in board.sites if each.state is not SiteState.BLOCKED and each.blocks]
    head = board.programme
    return BoardPage(
        head=head,
        total=len(board.sites),
        facts=facts_of(head, counts, now),
        waves=[_card(each, head.id, now.date()) for each in board.waves],
        drawing=drawing.draw(board.sites, lambda number: f"{pattern}{number}", wanted.leaves),
        said=sentence(board, counts),
        legend=_legend(counts, sum(each.is_lost for each in board.sites)),
        blocked=len(blocked),
        bars=bars_of(blocked, board, "blocked"),
        waiting=len(waiting),
        next_bars=bars_of(waiting, board, ""),
        choices=filters.choices(board, asked),
        chips=asked.chips({"q": "words", "kind": "in the way"}),
        dates=span(head.starts_on, head.ends_on, now.date()),
    )


def sentence(board: Board, counts: Mapping[SiteState, int]) -> str:
    """Return the finding of the board: ``600 sites in 12 waves: 212 accepted, 17 blocked``."""
    named = [
        f"{words.exact(number)} {word}"
        for word, states in LEGEND
        if (number := sum(counts.get(each, 0) for each in states))
    ]
    whole = words.counted(len(board.sites), "site")
    what = f"{whole} in {words.counted(len(board.waves), 'wave')}"
    return f"{what}: {', '.join(named)}" if named else what


def _legend(counts: Mapping[SiteState, int], lost: int) -> list[Key]:
    found = [
        Key(
            drawing.key(states[0]),
            word,
            sum(counts.get(each, 0) for each in states),
            "|".join(each.value for each in states),
        )
        for word, states in LEGEND
    ]
    return [*found, Key(drawing.key_of_lost(), "readiness lost", lost, LOST_KEY)]


def bars_of(sites: Sequence[SiteLine], board: Board, state: str) -> list[Bar]:
    """Return what is in the way, most sites first, with the share the first ones make together."""
    found = []
    for cause in pareto(each.kind or OTHER for each in sites):
        kind = cause.kind
        first = [each for each in sites if (each.kind or OTHER) == kind][:_EXAMPLES]
        href = url_for(
            "programmes.sites", programme_id=board.programme.id, state=state or None, kind=kind
        )
        found.append(
            Bar(
                word=filters.word_of(kind, board.blocked_kinds),
                number=cause.sites,
                together=words.percent(100 * cause.cumulated, 0),
                length=cause.length,
                href=href,
                examples=[(each.code, each.blocks) for each in first],
            )
        )
    return found


def facts_of(head: ProgrammeView, counts: Mapping[SiteState, int], now: datetime) -> list[Fact]:
    """Return the figures of the head: only accepted sites are done."""
    total, accepted = sum(counts.values()), counts.get(SiteState.ACCEPTED, 0)
    share = words.percent(100 * accepted / total, 0) if total else words.NONE
    under_way = sum(number for state, number in counts.items() if state.is_under_way)
    begun = f"begun {words_of_day(head.starts_on, now.date())}" if head.starts_on else ""
    return [
        Fact("Accepted", words.exact(accepted), f"of {words.counted(total, 'site')}, {share}"),
        Fact("In hypercare", words.exact(counts.get(SiteState.HYPERCARE, 0)), "not done yet"),
        Fact("Under way", words.exact(under_way), "begun, neither blocked nor accepted"),
        Fact("Blocked", words.exact(counts.get(SiteState.BLOCKED, 0)), "each with its owner"),
        Fact("Rolled back", words.exact(counts.get(SiteState.ROLLED_BACK, 0))),
        Fact("Planned end", words_of_day(head.ends_on, now.date()), begun),
    ]


def _card(wave: ProgrammeWaveView, programme_id: int, today: date) -> WaveCard:
    accepted = wave.accepted
    blocked = wave.counts.get(SiteState.BLOCKED, 0)
    begun = any(state is not SiteState.PLANNED for state in wave.counts)
    is_over = bool(wave.sites) and accepted == wave.sites
    return WaveCard(
        id=wave.id,
        position=wave.position,
        name=wave.name,
        market=wave.market,
        region=wave.region,
        dates=span(wave.starts_on, wave.ends_on, today),
        done=f"{words.exact(accepted)} of {words.exact(wave.sites)} accepted",
        share=round(100 * accepted / wave.sites) if wave.sites else 0,
        blocked=f"{words.exact(blocked)} blocked" if blocked else "",
        paused=wave.paused_because,
        stage="" if is_over else "here" if begun else "later",
        href=url_for("programmes.sites", programme_id=programme_id, wave=wave.position),
        release=wave.release,
    )


def span(since: date | None, until: date | None, today: date) -> str:
    """Return two days with a dash; what is not planned says so."""
    if since is None and until is None:
        return "no days planned"
    return f"{words_of_day(since, today)}{words.NONE}{words_of_day(until, today)}"


def words_of_day(day: date | None, today: date) -> str:
    """Return a day as people say it, with the year when it is another."""
    if day is None:
        return "not planned"
    return words.day(day, today)
