"""The board of sites as one drawing: a square a site, a row a wave, what blocks it in its name.

It is put together here rather than in a template: thousands of squares are asked for at once, and
each is a link with a name of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from changes.programmes.lifecycle import SiteState
from changes.programmes.values import SiteLine
from ssoc.core.signs import calm

PER_LINE = 50  # squares before a wave goes on in the next line
_LEFT, _TOP, _PITCH, _SIDE = 24, 2, 14, 11
_SHAPES: Mapping[SiteState, str] = {
    SiteState.PLANNED: "",
    SiteState.SURVEYED: "b0",
    SiteState.READY: "b1",
    SiteState.MIGRATING: "b2",
    SiteState.PARALLEL: "b2",
    SiteState.GO_NO_GO: "b2",
    SiteState.CUT_OVER: "b2",
    SiteState.HYPERCARE: "bw",
    SiteState.ACCEPTED: "b3",
    SiteState.BLOCKED: "bx",
    SiteState.ROLLED_BACK: "br",
    SiteState.DEFERRED: "bd",
}
# The legend: one entry for states that look alike.
LEGEND: Sequence[tuple[str, Sequence[SiteState]]] = (
    ("accepted", (SiteState.ACCEPTED,)),
    ("hypercare", (SiteState.HYPERCARE,)),
    (
        "migrating to cut over",
        (SiteState.MIGRATING, SiteState.PARALLEL, SiteState.GO_NO_GO, SiteState.CUT_OVER),
    ),
    ("ready", (SiteState.READY,)),
    ("surveyed", (SiteState.SURVEYED,)),
    ("planned", (SiteState.PLANNED,)),
    ("blocked", (SiteState.BLOCKED,)),
    ("rolled back", (SiteState.ROLLED_BACK,)),
    ("deferred", (SiteState.DEFERRED,)),
)


@dataclass(frozen=True)
class Drawing:
    """The squares, the room they take, and how many the filter leaves."""

    width: int
    height: int
    squares: Markup
    shown: int


def name_of(site: SiteLine) -> str:
    """Return what a square is called: code, name, where it stands, what blocks it."""
    return f"{site.code} {site.name}, {standing(site)}"


def standing(site: SiteLine) -> str:
    """Return where a site stands and what is in its way, in words."""
    if site.state is SiteState.BLOCKED:
        at = f" at {site.was.value}" if site.was else ""
        owner = f"; owner {site.owner}" if site.owner else ""
        return f"blocked{at}: {site.blocks}{owner}"
    where = site.state.value
    if site.state is SiteState.DEFERRED:
        where += f" to {site.deferred_to.isoformat()}" if site.deferred_to else ", no day set"
    more = f" (and {site.others} more)" if site.others else ""
    return f"{where}; next: {site.blocks}{more}" if site.blocks else where


def draw(
    sites: Sequence[SiteLine],
    address: Callable[[int], str],
    is_shown: Callable[[SiteLine, str], bool],
) -> Drawing:
    """Return the board; sites come by wave, those not shown keep their place and are not seen.

    Args:
        sites: by wave, as ``queries.sites.board`` gives them.
        address: the page of a site.
        is_shown: tells whether the filter leaves a site, by its name as well.

    """
    parts: list[str] = []
    line, at, wave, count = -1, 0, -1, 0
    for site in sites:
        if site.wave != wave or at == PER_LINE:
            line, at = line + 1, 0
            y = _TOP + line * _PITCH
            if site.wave != wave:
                parts.append(f'<text x="18" y="{y + 9}" text-anchor="end">{site.wave}</text>')
            wave = site.wave
        name = name_of(site)
        shown = is_shown(site, name)
        parts.append(_square(site, name, address(site.id), line, at, shown, shown and not count))
        count += shown
        at += 1
    height = 2 * _TOP + (line + 1) * _PITCH
    squares = Markup("".join(parts))  # noqa: S704 (what people wrote is escaped in each)
    return Drawing(_LEFT + PER_LINE * _PITCH, height, squares, count)


def _square(
    site: SiteLine, name: str, href: str, line: int, at: int, is_shown: bool, is_first: bool
) -> str:
    kind = f' data-k="{_said(site.kind)}"' if site.kind else ""
    crew = f' data-c="{_said(site.crew)}"' if site.crew else ""
    off = "" if is_shown else ' class="off"'
    lost = ' data-x="1"' if site.is_lost else ""
    x, y = _LEFT + at * _PITCH, _TOP + line * _PITCH
    return (
        f'<a href="{href}" tabindex="{0 if is_first else -1}"{off} data-l="{line}" data-a="{at}" '
        f'data-s="{site.state.value}" data-w="{site.wave}" data-m="{_said(site.market)}" '
        f'data-r="{_said(site.region)}"{kind}{crew}{lost} aria-label="{_said(name)}">'
        f"{square(site.state, x, y)}{_ring(x, y) if site.is_lost else ''}</a>"
    )


def _said(text: str) -> Markup:
    """Return what people wrote as text that neither ends its place nor turns what is around it."""
    return escape(calm(text))


def square(state: SiteState, x: int, y: int) -> str:
    """Return the marks of one square at a place."""
    shape = _SHAPES[state]
    if shape == "bw":
        return (
            f'<rect class="bh" x="{x + 1}" y="{y + 1}" width="9" height="9"/>'
            f'<rect class="b3" x="{x + 3.5}" y="{y + 3.5}" width="4" height="4"/>'
        )
    if shape in {"", "b0", "bd"}:
        return f'<rect class="{shape}" x="{x + 0.5}" y="{y + 0.5}" width="10" height="10"/>'
    box = f'<rect class="{shape}" x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}"/>'
    if shape == "bx":
        return f'{box}<path d="M{x + 2.5} {y + 2.5}l6 6m0-6l-6 6"/>'
    if shape == "br":
        return f'{box}<path class="rb" d="M{x + 2} {y + 5.5}h7m-4-3l-3 3 3 3"/>'
    return box


def _ring(x: int, y: int) -> str:
    return f'<rect class="lo" x="{x}" y="{y}" width="{_SIDE}" height="{_SIDE}"/>'


def key_of_lost() -> Markup:
    """Return the mark of lost readiness for the legend."""
    return Markup(_ring(0, 0))  # noqa: S704 (only our own figures)


def key(state: SiteState) -> Markup:
    """Return the marks of a state for the legend."""
    return Markup(square(state, 0, 0))  # noqa: S704 (only our own figures)
