"""What is done to one site: moves with a reason, findings of the readiness sheet, slot and crew."""

from collections.abc import Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from changes.programmes.actions import moving, places, readiness
from changes.programmes.lifecycle import SiteMove
from changes.programmes.queries import programmes as plans
from changes.programmes.queries import sites as site_queries
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.moves import asks_of
from changes.programmes.values import MoveOffer, SiteView
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.work import Work
from web.app import request_view, request_work
from web.noc.questions import Field, Question, ask, settle
from web.programmes import site_view
from web.programmes.blueprint import programmes
from web.programmes.entries import day_of, number_of


def _here(site: SiteView, anchor: str = "") -> str:
    return url_for("programmes.site", site_rollout_id=site.id, _anchor=anchor or None)


def move_of(slug: str) -> SiteMove:
    """Return the move an address names, or raise NotFound."""
    if slug not in site_view.SLUGS:
        raise NotFound(f"there is no move {slug[:40]!r} of a site; open its page again")
    return site_view.SLUGS[slug]


def kinds_of(work: Work, programme_id: int) -> list[tuple[str, str]]:
    """Return the kinds of blocks of a programme, as a choice."""
    terms = terms_of(work, plans.programme(work, programme_id).terms)
    return [("", "choose"), *terms.blocked_kinds.items()]


def fields_of(move: SiteMove, kinds: Sequence[tuple[str, str]]) -> list[Field]:
    """Return what has to be said with a move, with what was typed already."""
    given, asks = request.form, asks_of(move)
    fields = []
    if "kind" in asks:
        fields.append(
            Field("kind", "What blocks it", "choice", given.get("kind", ""), options=kinds)
        )
    is_needed = "reason" in asks
    label = "Why" if is_needed else "Note"
    hint = "" if is_needed else "May be left empty."
    fields.append(Field("reason", label, "area", given.get("reason", ""), hint, is_needed))
    if "owner" in asks:
        hint = "Who takes it away."
        fields.append(Field("owner", "Owner", "text", given.get("owner", ""), hint, True, most=128))
    if "until" in asks:
        hint = "Left empty, it is put off without a day."
        fields.append(Field("until", "New day", "date", given.get("until", ""), hint))
    return fields


@programmes.route("/sites/<int:site_rollout_id>/move/<slug>", methods=["GET", "POST"])
def site_move(site_rollout_id: int, slug: str) -> ResponseReturnValue:
    """Ask what a move needs, and make it."""
    move, given = move_of(slug), request.form
    with request_view() as work:
        site = site_queries.site(work, site_rollout_id)
        kinds = kinds_of(work, site.programme_id)
    question = _move_question(site, move, slug, kinds)
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        version = number_of(given.get("version", ""), "version") or None
        moving.move(
            work,
            site_rollout_id,
            move,
            given.get("reason", ""),
            kind=given.get("kind", ""),
            owner=given.get("owner", ""),
            until=day_of(given.get("until", ""), "new day"),
            version=version,
        )

    label = site_view.label_of(move)
    return settle(question, act, f"{site.code}: {label.lower()} is done.", _here(site))


def _move_question(
    site: SiteView, move: SiteMove, slug: str, kinds: Sequence[tuple[str, str]]
) -> Question:
    offer = next((each for each in site.moves if each.move is move), None)
    version = request.form.get("version", "") or str(site.version)
    label = site_view.label_of(move)
    return Question(
        title=f"{label}: {site.code}",
        action=url_for("programmes.site_move", site_rollout_id=site.id, slug=slug),
        button=label if offer else "",
        back=_here(site),
        back_label=site.code,
        about=site.name,
        what=_what(offer),
        fields=fields_of(move, kinds) if offer else (),
        hidden=[("version", version)],
        fault=_fault(site, offer, move) if request.method == "GET" else "",
    )


def _what(offer: MoveOffer | None) -> str:
    return f"The site is {offer.to.value} afterwards." if offer else ""


def _fault(site: SiteView, offer: MoveOffer | None, move: SiteMove) -> str:
    """Return everything that would refuse the move now."""
    if offer is None:
        offered = ", ".join(each.move.value for each in site.moves) or "nothing"
        return f"{site.code} is {site.state.value} and cannot {move.value}; it can: {offered}."
    if offer.obstacles:
        return f"In the way: {'; '.join(each.words for each in offer.obstacles)}."
    return ""


@programmes.post("/sites/<int:site_rollout_id>/readiness/<item>")
def site_readiness(site_rollout_id: int, item: str) -> ResponseReturnValue:
    """Write down what was found about one item by one press; a refusal keeps the words."""
    given = request.form
    evidence, result = given.get("evidence", ""), given.get("result", "")
    try:
        with request_work() as work:
            expires_on = day_of(given.get("until", ""), "counts until")
            readiness.record(work, site_rollout_id, item, result, evidence, expires_on=expires_on)
    except (BadInput, Conflict) as refusal:
        return ask(_finding(site_rollout_id, item, result, str(refusal)), refusal.status)
    flash(f"Noted: {result}.")
    place = url_for("programmes.site", site_rollout_id=site_rollout_id, _anchor=f"item-{item}")
    return redirect(place, code=303)


def _finding(site_rollout_id: int, item: str, result: str, text: str) -> Question:
    with request_view() as work:
        site = site_queries.site(work, site_rollout_id)
    title = next((each.title for each in site.readiness.items if each.key == item), item[:40])
    results = [
        ("pass", "Pass"),
        ("fail", "Fail"),
        ("waived", "Waive"),
        ("n/a", "Does not apply"),
    ]
    return Question(
        title=title,
        action=url_for("programmes.site_readiness", site_rollout_id=site.id, item=item),
        button="Note it",
        back=_here(site, "readiness"),
        back_label=site.code,
        about=site.name,
        fields=[
            Field("result", "Result", "choice", result, options=results),
            Field("evidence", "Evidence, or why", "area", request.form.get("evidence", "")),
            Field("until", "Counts until", "date", hint="Left empty: as the template says."),
        ],
        fault=f"{text[:1].upper()}{text[1:]}.",
    )


@programmes.route("/sites/<int:site_rollout_id>/book", methods=["GET", "POST"])
def site_book(site_rollout_id: int) -> ResponseReturnValue:
    """Book the day of the cut-over and the crew, or give them back; name the champion."""
    given = request.form
    with request_view() as work:
        site = site_queries.site(work, site_rollout_id)
        crews = crews_of(work, site.programme_id)
    question = _booking(site, crews)
    if request.method == "GET":
        return ask(question)

    def act(work: Work) -> None:
        _book(work, site, given.get("day", ""), given.get("crew", ""))
        if given.get("champion", "").strip() != site.champion:
            places.name_champion(work, site.id, given.get("champion", ""))

    return settle(question, act, f"{site.code}: slot, crew and champion are noted.", _here(site))


def _book(work: Work, site: SiteView, text: str, crew: str) -> None:
    day = day_of(text, "day")
    if day is None and not crew.strip():
        if site.slot_on:
            places.unbook(work, site.id)
        return
    if day is None:
        raise BadInput("day: the crew needs a day; give one, or take the crew away too")
    if (day, crew.strip()) != (site.slot_on, site.crew):
        version = number_of(request.form.get("version", ""), "version") or None
        places.book(work, site.id, day, crew, version)


def crews_of(work: Work, programme_id: int) -> list[str]:
    """Return the crews that have a site of a programme."""
    return sorted({each.crew for each in site_queries.board(work, programme_id).sites} - {""})


def _booking(site: SiteView, crews: Sequence[str]) -> Question:
    given = request.form
    day = given.get("day", site.slot_on.isoformat() if site.slot_on else "")
    return Question(
        title=f"Slot and crew: {site.code}",
        action=url_for("programmes.site_book", site_rollout_id=site.id),
        button="Book",
        back=_here(site),
        back_label=site.code,
        about=site.name,
        what="The day of the cut-over on the site's calendar, and the crew that is there that day. "
        "Both left empty give them back.",
        fields=[
            Field("day", "Day", "date", day),
            Field(
                "crew",
                "Crew",
                "text",
                given.get("crew", site.crew),
                options=[(each, each) for each in crews],
                most=64,
            ),
            Field("champion", "Champion", "text", given.get("champion", site.champion), most=128),
        ],
        hidden=[("version", given.get("version", "") or str(site.version))],
    )
