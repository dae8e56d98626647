"""``ssoc freeze``: see, set and lift freezes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click

from changes.actions import freeze_list
from changes.actions.freeze_list import FreezeDraft
from changes.queries import freeze_pages
from changes.queries.freeze_pages import FreezeLine
from ssoc.core.errors import BadInput
from ssoc.core.permissions import operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.work import Runtime

Obj = Callable[[], Runtime]
MOST_DAYS = 400


@click.group()
def freeze() -> None:
    """Keep freezes: a hard one refuses the start of changes on every way in, a soft one warns."""


@freeze.command("list")
@click.option("--days", default=90, type=click.IntRange(1, MOST_DAYS), help="So many days ahead.")
@click.option("--market", metavar="CODE", default="", help="Those that hold in a market.")
@as_json
@click.pass_obj
def list_freezes(obj: Obj, days: int, market: str, as_json: bool) -> None:
    """Show the freezes of the next days, of all sources, and how many changes each hits."""
    with obj().view(operator()) as work:
        found = [
            each
            for each in freeze_pages.lines(work, work.now, work.now + timedelta(days=days))
            if not market or not each.markets or market in each.markets
        ]
    rows = [_row(each) for each in found]
    head = ("FREEZE", "KIND", "FROM (UTC)", "UNTIL (UTC)", "MARKETS", "HITS", "NAME")
    emit([_plain(each) for each in found], table(head, rows), as_json)


@freeze.command("add")
@click.argument("name")
@click.option("--hard/--soft", "is_hard", default=True, help="Refuse execution, or warn.")
@click.option("--from", "since", required=True, metavar="TIME", help="Such as 2026-12-15T18:00.")
@click.option("--until", required=True, metavar="TIME", help="Such as 2027-01-02T06:00.")
@click.option("--utc", "is_utc", is_flag=True, help="Times are UTC, not on each market's walls.")
@click.option("--market", "markets", multiple=True, metavar="CODE", help="Holds there alone.")
@click.option("--component", "components", multiple=True, metavar="KEY", help="For it alone.")
@click.option("--reason", required=True, help="Why nothing may be changed.")
@as_json
@click.pass_obj
def add_freeze(
    obj: Obj,
    name: str,
    is_hard: bool,
    since: str,
    until: str,
    is_utc: bool,
    markets: tuple[str, ...],
    components: tuple[str, ...],
    reason: str,
    as_json: bool,
) -> None:
    """Set freeze NAME; it holds at once, for approved changes too.

    Times are on the wall of each market it holds in, unless --utc says otherwise or the time
    names its own offset. Without --market it holds everywhere, without --component for all.
    """
    draft = _timed(FreezeDraft(name, is_hard, reason, markets, components), since, until, is_utc)
    with obj().work(operator()) as work:
        number = freeze_list.set_freeze(work, draft)
    emit({"id": number, "key": f"list/{number}"}, [f"freeze {number} is set"], as_json)


@freeze.command("lift")
@click.argument("number", type=click.IntRange(1, 2**31))
@click.option("--reason", required=True, help="Why it holds no more.")
@as_json
@click.pass_obj
def lift_freeze(obj: Obj, number: int, reason: str, as_json: bool) -> None:
    """End freeze NUMBER now; the list shows numbers as list/NUMBER."""
    with obj().work(operator()) as work:
        freeze_list.lift_freeze(work, number, reason)
    emit({"id": number, "lifted": True}, [f"freeze {number} is lifted"], as_json)


def _timed(draft: FreezeDraft, since: str, until: str, is_utc: bool) -> FreezeDraft:
    """Return the draft with its times: instants, or wall times when they name no offset."""
    begins, ends = _time(since), _time(until)
    if not is_utc and (begins.tzinfo is None) != (ends.tzinfo is None):
        raise BadInput("one time names its offset and the other does not; write both alike")
    if is_utc or begins.tzinfo is not None:
        return replace(draft, since=_exact(begins), until=_exact(ends))
    wall = "%Y-%m-%dT%H:%M"
    return replace(draft, local_since=begins.strftime(wall), local_until=ends.strftime(wall))


def _exact(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f'{text[:40]!r} is no time; write it as "2026-12-15T18:00"') from None


def _row(found: FreezeLine) -> list[object]:
    first, last = found.first, max(found.spans, key=lambda each: each.until)
    return [
        found.key,
        first.word,
        f"{first.since:%Y-%m-%d %H:%M}",
        f"{last.until:%Y-%m-%d %H:%M}",
        " ".join(found.markets) or "all",
        len(found.hits),
        first.name,
    ]


def _plain(found: FreezeLine) -> dict[str, object]:
    first = found.first
    return {
        "key": found.key,
        "name": first.name,
        "is_hard": first.is_hard,
        "source": first.source.value,
        "reason": first.reason,
        "markets": list(found.markets),
        "components": list(first.components),
        "spans": [
            {"markets": list(e.markets), "since": e.since.isoformat(), "until": e.until.isoformat()}
            for e in found.spans
        ],
        "changes": [each.change.id for each in found.hits],
    }
