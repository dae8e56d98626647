"""The list of roll-outs, the page of one, and all evidence of one metric in one market."""

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from changes.gates.queries import gates
from changes.gates.values import GateView
from changes.rollouts.actions import planning
from changes.rollouts.lifecycle import RolloutState
from changes.rollouts.queries import rollouts as queries
from changes.rollouts.rules import drafting
from changes.rollouts.values import RolloutView, WaveView
from ssoc.core.errors import BadInput, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission
from ssoc.core.work import Work
from web.app import request_view
from web.noc import live
from web.rollouts import curves_panel, evidence_file, gate_view, page_view, panels, wave_rows
from web.rollouts.blueprint import rollouts


@rollouts.get("/", endpoint="listed")
def listed() -> ResponseReturnValue:
    """Show the roll-outs: those that go on first."""
    with request_view() as work:
        if not work.actor.markets(Permission.CHANGE_SEE):
            work.require(Permission.CHANGE_SEE, EVERYWHERE)
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        state, market = request.args.get("state", ""), request.args.get("market", "")[:8]
        found = queries.listed(work, _states(state), market)
        shown = render_template(
            "rollouts/listed.html",
            rows=[
                (each, page_view.badge_of(each), page_view.where_words(each, work))
                for each in found
            ],
            cards={each.id: [page_view.card(work, each, w) for w in each.waves] for each in found},
            states=[("", "all"), *((each.value, each.value) for each in RolloutState)],
            state=state,
            market=market,
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def _states(given: str) -> list[RolloutState]:
    if given and given not in set(RolloutState):
        raise BadInput(f"state must be one of {', '.join(RolloutState)}")
    return [RolloutState(given)] if given else []


@rollouts.get("/<int:rollout_id>", endpoint="rollout")
def rollout(rollout_id: int) -> ResponseReturnValue:
    """Show one roll-out: its waves, the gate by market, the evidence, what was decided."""
    with request_view() as work:
        tag = live.tag_of(work)
        if live.is_known(tag):
            return live.nothing_new(tag)
        found = queries.rollout(work, rollout_id)
        page = page_view.page_of(work, found)
        gate = gate_view.gate_panel(work, found)
        bad, wanted = gate.bad if gate else (), request.args.get("market", "")[:8]
        shown = render_template(
            "rollouts/rollout.html",
            page=page,
            rows=wave_rows.rows(work, page),
            unseen=unseen(work, found),
            rollout=found,
            gate=gate,
            curves=curves_panel.panel(work, found, wanted, bad),
            evidence_of=wave_rows.evidence_of,
            panels=panels.filled(work, found),
            now=work.now,
            tag=tag,
        )
    return live.page(tag, shown)


def unseen(work: Work, found: RolloutView) -> list[str]:
    """Return which figures its gates ask for and nobody ever stored, before it begins."""
    if found.state is not RolloutState.PLANNED:
        return []
    told = planning.warnings(work, drafting.draft_of(found), found.markets)
    return [f"{each[:1].upper()}{each[1:]}." for each in told]


@rollouts.get("/<int:rollout_id>/gates/<int:gate_id>/evidence", endpoint="evidence")
def evidence(rollout_id: int, gate_id: int) -> ResponseReturnValue:
    """Show every measurement of one metric in one market, the newest first."""
    metric, market = request.args.get("metric", "")[:64], request.args.get("market", "")[:64]
    with request_view() as work:
        found = queries.rollout(work, rollout_id)
        gate = gates.gate(work, gate_id)
        wave = _wave_of(found, gate)
        page = gates.evidence(work, gate_id, metric, market, request.args.get("cursor", ""))
        series = next(e for e in gate.series if (e.metric.name, e.market) == (metric, market))
        title = f"{series.metric.title or metric}{f', {market}' if market else ''}"
        return render_template(
            "rollouts/evidence.html",
            rollout=found,
            gate=gate,
            wave=wave,
            series=series,
            title=title,
            limit=gate_view.limit_words(series.metric),
            chart=gate_view.chart(title, series, gates.points(work, gate_id, metric, market)),
            page=page,
            figure=gate_view.figure,
            now=work.now,
        )


def _wave_of(rollout: RolloutView, gate: GateView) -> WaveView | None:
    """Return the wave that a gate decides about, None for the watch; else raise NotFound."""
    wave = {f"wave:{each.id}": each for each in rollout.waves}.get(gate.about)
    if wave is None and gate.about != f"watch:{rollout.id}":
        raise NotFound(f"{rollout.reference} has no gate {gate.id}")
    return wave


@rollouts.get("/<int:rollout_id>/gates/<int:gate_id>/evidence.csv", endpoint="evidence_csv")
def evidence_csv(rollout_id: int, gate_id: int) -> ResponseReturnValue:
    """Give every measurement of a gate as a file, all metrics and markets, the oldest first."""
    with request_view() as work:
        found = queries.rollout(work, rollout_id)
        gate = gates.gate(work, gate_id)
        _wave_of(found, gate)
        text = evidence_file.as_csv(gate, gates.whole_evidence(work, gate_id))
    head = {"Content-Disposition": f'attachment; filename="rol-{rollout_id}-gate-{gate_id}.csv"'}
    return Response(text, content_type="text/csv; charset=utf-8", headers=head)
