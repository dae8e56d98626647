"""The alert explorer: every alert with its labels, ways, changes, and what holds its pages."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from incidents.queries import members
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.vocabulary import Severity
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries
from ssoc.monitoring import actions, queries
from ssoc.monitoring.queries import AlertFilter, Held, Wanted
from web import words
from web.app import request_view
from web.noc import alerts_view, live
from web.noc.asked import Asked, asked_of
from web.noc.blueprint import noc
from web.noc.gathering import number_of
from web.noc.questions import Field, Question, ask, settle

NAMES = ("q", "state", "severity", "market", "component", "source", "silenced", "incident")
DEFAULTS = {"state": Wanted.OPEN.value}
PAGE = 50
MOST_KEYS = 5_000
MOST_COUNTED = 20_000  # some 50 ms; beyond it the page says "more than"
HELD = {**{each.value: each for each in Held}, "yes": Held.SILENCED, "no": Held.NOTHING}
WORDS = {"q": "words"}


@noc.get("/alerts")
def alerts() -> ResponseReturnValue:
    """List alerts, worst and newest first."""
    asked = asked_of(request, "noc.alerts", NAMES, DEFAULTS)
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        _require_sight(work)
        page, now = _page(work, asked), work.now
    return live.page(tag, render_template("noc/alerts.html", page=page, now=now, tag=tag))


def _require_sight(work: Work) -> None:
    if not work.actor.markets(Permission.ALERT_SEE):
        work.require(Permission.ALERT_SEE, EVERYWHERE)


def _page(work: Work, asked: Asked) -> alerts_view.AlertsView:
    estate = estate_queries.current(work)
    chosen = filter_of(work, asked)
    if asked["incident"] and not chosen.keys:
        found = queries.Page([], None)
    else:
        found = queries.alerts(work, chosen, asked.cursor, PAGE)
    return alerts_view.alerts_view(work, estate, asked, found, _count(work, chosen, asked))


def _count(work: Work, chosen: AlertFilter, asked: Asked) -> queries.Count | None:
    """Return the true number as far as it is cheap; None where each alert must be looked at."""
    if chosen.held is not None:
        return None
    is_whole = EVERYWHERE in work.actor.markets(Permission.ALERT_SEE)
    if is_whole and set(asked.in_force) <= {"market", "severity"}:  # counted for all screens
        by_place = queries.open_by_market(work)
        return queries.Count(
            sum(
                number
                for (market, severity), number in by_place.items()
                if (not chosen.markets or market in chosen.markets)
                and (not chosen.severities or severity in chosen.severities)
            )
        )
    return queries.count(work, chosen, MOST_COUNTED)


def filter_of(work: Work, asked: Asked) -> AlertFilter:
    """Return what the address asks for; words nobody knows are taken as no filter."""
    states, severities = {each.value for each in Wanted}, {each.word: each for each in Severity}
    number = number_of(asked["incident"])
    return AlertFilter(
        wanted=Wanted(asked["state"]) if asked["state"] in states else Wanted.OPEN,
        markets=[asked["market"]] if asked["market"] else (),
        severities=[severities[asked["severity"]]] if asked["severity"] in severities else (),
        components=[asked["component"]] if asked["component"] else (),
        sources=[asked["source"]] if asked["source"] else (),
        keys=members.alert_keys(work, number, MOST_KEYS)[0] if number else (),
        text=asked["q"],
        held=HELD.get(asked["silenced"]),
    )


@noc.get("/alerts/<key>")
def alert(key: str) -> ResponseReturnValue:
    """Show one alert with all about it."""
    with request_view() as work:
        found = queries.alert(work, key)
        estate = estate_queries.current(work)
        view = alerts_view.alert_view(work, estate, found)
    return render_template("noc/alert.html", page=view, title=words.cut(view.heading, 60))


@noc.route("/alerts/<key>/close", methods=["GET", "POST"])
def alert_close(key: str) -> ResponseReturnValue:
    """Close a stale alert whose source is gone for good."""
    with request_view() as work:
        found = queries.alert(work, key).alert
        work.require(Permission.INCIDENT_WORK, found.market or EVERYWHERE)
    reason = request.form.get("reason", "")
    question = Question(
        title="Close stale alert",
        action=url_for("noc.alert_close", key=key),
        button="Close alert",
        back=url_for("noc.alert", key=key),
        back_label=words.cut(found.name, 60),
        about=found.summary,
        what="Its source fell silent without saying that it is over. Should the source speak "
        "again, the alert fires again.",
        fields=[Field("reason", "Why it is over", value=reason, required=True, most=500)],
    )
    if request.method == "GET":
        return ask(question)
    return settle(question, lambda work: actions.close_stale(work, [found.key], reason), "Closed.")
