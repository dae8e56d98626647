"""The table of a programme's sites: the same sites, filters and words as the board's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from changes.programmes.lifecycle import WAY, SiteState
from changes.programmes.values import Board, SiteLine
from ssoc.core.errors import BadInput
from web import words
from web.noc.asked import Asked, Chip
from web.noc.choices import Choice
from web.programmes import drawing, filters
from web.programmes.board_view import words_of_day

PAGE = 100
NAMES = (*filters.NAMES, "order")
_TONES = {SiteState.BLOCKED: "p1", SiteState.ROLLED_BACK: "p2"}
_BESIDE = (SiteState.DEFERRED, SiteState.ROLLED_BACK, SiteState.BLOCKED)
_STAGES = {state: at for at, state in enumerate((*_BESIDE, *WAY))}
_FAR = date.max
ORDERS: Mapping[str, tuple[str, Callable[[SiteLine], tuple[object, ...]]]] = {
    "": ("Wave and code", lambda each: (each.wave, each.code)),
    "code": ("Code", lambda each: (each.code,)),
    "slot": ("Next slot first", lambda each: (each.slot_on or _FAR, each.code)),
    "last": ("Furthest behind first", lambda each: (_STAGES[each.state], each.wave, each.code)),
    "first": ("Furthest ahead first", lambda each: (-_STAGES[each.state], each.wave, each.code)),
}


@dataclass(frozen=True)
class SiteRow:
    """One site of the table."""

    id: int
    code: str
    name: str
    market: str
    region: str
    wave: int
    state: str
    tone: str
    why: str
    slot: str
    crew: str


@dataclass(frozen=True)
class SitesPage:
    """Everything the table shows."""

    rows: Sequence[SiteRow]
    choices: Sequence[Choice]
    chips: Sequence[Chip]
    range: str
    first: str
    older: str
    here: str


def table(board: Board, asked: Asked, now: datetime) -> SitesPage:
    """Return one page of the table under the filters of an address."""
    wanted = filters.filter_of(asked)
    if asked["order"] not in ORDERS:
        raise BadInput(
            f"no order {asked['order'][:40]!r}; there are {', '.join(filter(None, ORDERS))}"
        )
    left = [each for each in board.sites if wanted.leaves(each, drawing.name_of(each))]
    left.sort(key=ORDERS[asked["order"]][1])
    begin = _begin(asked.cursor, left)
    shown = left[begin : begin + PAGE]
    more = left[begin + PAGE - 1].id if len(left) > begin + PAGE else 0
    orders = [(key, word) for key, (word, _) in ORDERS.items()]
    return SitesPage(
        rows=[_row(each, now.date()) for each in shown],
        choices=[
            *filters.choices(board, asked, is_for_list=True),
            Choice("order", "Order", orders, asked["order"]),
        ],
        chips=asked.chips({"q": "words", "kind": "in the way"}),
        range=_range(len(shown), len(left), len(board.sites)),
        first=asked.link() if asked.cursor else "",
        older=asked.link(cursor=str(more)) if more else "",
        here=asked.link(cursor=asked.cursor),
    )


def _begin(cursor: str, left: Sequence[SiteLine]) -> int:
    """Return where the page begins: behind the site that the cursor names."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdecimal()):
        raise BadInput(f"no page {cursor[:40]!r} of this list; open its first page")
    numbers = [each.id for each in left]
    return numbers.index(int(cursor)) + 1 if int(cursor) in numbers else 0


def _range(shown: int, left: int, total: int) -> str:
    of = f"{words.exact(left)} of {words.counted(total, 'site')}"
    return of if shown == left else f"{words.exact(shown)} on this page, {of}"


def _row(site: SiteLine, today: date) -> SiteRow:
    more = f" (and {site.others} more)" if site.others else ""
    owner = f"; owner {site.owner}" if site.owner else ""
    return SiteRow(
        id=site.id,
        code=site.code,
        name=site.name,
        market=site.market,
        region=site.region,
        wave=site.wave,
        state=site.state.value,
        tone=_TONES.get(site.state, ""),
        why=f"{site.blocks}{more}{owner}" or words.NONE,
        slot=words_of_day(site.slot_on, today) if site.slot_on else words.NONE,
        crew=site.crew or words.NONE,
    )
