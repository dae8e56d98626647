"""What a page says when it has nothing to show: what is so, why, and the nearest useful thing."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from incidents import queries
from incidents.queries import Filters
from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web import words
from web.noc.asked import Asked


@dataclass(frozen=True)
class Link:
    """Where one may go from here."""

    href: str
    label: str


@dataclass(frozen=True)
class Empty:
    """The words of an empty page."""

    what: str
    why: str = ""
    links: Sequence[Link] = ()


def triage(work: Work, asked: Asked) -> Empty:
    """Return why no incident is listed."""
    open_now = queries.triage(work, Filters(), limit=1).total
    given = len(asked.in_force)
    if not given:
        return Empty(
            "No incident is open",
            "Every market you may see is as usual, as far as our checks and alerts tell.",
            (
                Link(url_for("noc.wall"), "Wall"),
                Link(asked.link(state="resolved"), "Resolved incidents"),
            ),
        )
    filters = "this filter" if given == 1 else f"these {words.cardinal(given).lower()} filters"
    links = [Link(url_for("noc.triage"), "Remove all filters")]
    if asked["market"] and given > 1:
        here = queries.triage(work, Filters(market=asked["market"]), limit=1).total
        number = words.counted(here, "open incident") if here else "none open"
        why = f"{asked['market']} has {number}."
        everything = url_for("noc.triage", market=asked["market"])
        links.append(Link(everything, f"All of {asked['market']}"))
    else:
        why = f"Without filters there would be {words.counted(open_now, 'open incident')}."
    if asked["q"] and work.actor.markets(Permission.CHANGE_SEE):
        links.append(
            Link(url_for("changes.listed", state="all", q=asked["q"]), "Look among changes")
        )
    return Empty(f"No incident matches {filters}", why, links)
