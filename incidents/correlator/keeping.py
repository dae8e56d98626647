"""Keep incidents true: who fails in them, what they are nested in, and when they are over."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select, update

from incidents.clock_actions import on_priority_change, on_resolve
from incidents.correlator.declared import heard, offer, quiet
from incidents.correlator.holds import FLAPPING, Holds
from incidents.correlator.opening import (
    TITLE,
    entitle,
    explain,
    is_worded_by_us,
    reason_of,
    recount,
    title_of,
    touch,
)
from incidents.correlator.paging import follow, say_kept, spread, tell_news
from incidents.correlator.resting_clocks import rest, wake
from incidents.correlator.retired import NO_LONGER, is_unwatched
from incidents.correlator.situation import Situation
from incidents.correlator.softening import soften
from incidents.correlator.unseen import follow_sight, unseen_in
from incidents.counting import count_alerts
from incidents.lifecycle import INCIDENT, Move
from incidents.models import Incident, IncidentAlert, IncidentComponent
from incidents.rules.correlation import Picture
from incidents.rules.placing import Placing
from incidents.rules.wording import Named, from_plain
from incidents.rules.words import ALL_CLEAR, cause_cleared, joined, outlived, symptom_reason
from incidents.story import Spoken, line, mark, tell
from incidents.weighing import apply_weight, share_lost, weigh
from ssoc.core.vocabulary import (
    IncidentNested,
    IncidentRecovered,
    IncidentUnnested,
    IncidentUnwatched,
)
from ssoc.monitoring.lifecycle import AlertState
from ssoc.monitoring.report import is_own_place


class Keeper:
    """One turn of keeping."""

    def __init__(
        self, situation: Situation, picture: Picture, placing: Placing, holds: Holds
    ) -> None:
        self._now, self._work = situation.now, situation.work
        self._situation, self._picture = situation, picture
        self._placing, self._holds = placing, holds
        self._restless: set[int] = set()

    def keep(self) -> None:
        """Make every live incident agree with what fails."""
        waiting = self._attach()
        self._restless = self._flapping()
        for number in sorted(self._situation.incidents):
            incident = self._situation.incidents[number]
            self._keep(incident, waiting.get(number, ()))

    def _keep(self, incident: Incident, markets: Iterable[str]) -> None:
        had = list(self._situation.rows.get(incident.id, ()))
        here = self._placing.members.get(incident.id, {})
        came = self._members(incident, here)
        recount(self._situation, incident)
        self._nest(incident)
        if incident.declared_by:
            offer(self._situation, incident)
            heard(self._situation, incident, came)
        if not here:
            if had:
                self._end(incident, had)
            return
        if incident.cause_cleared_at is not None:
            wake(self._situation, incident)
        self._cause(incident)
        if incident.reason.startswith(ALL_CLEAR) and incident.component in self._picture.failing:
            cause = self._picture.failing[incident.component]
            explain(incident, reason_of(self._situation, cause, list(here)))
        fresh = [market for each in came for market in self._situation.markets_of(each)]
        sight = follow_sight(self._situation, incident, here)
        new = touch(self._situation, incident, sorted({*fresh, *markets} - {""}))
        reached = sorted({*sight.reached, *new})
        changed = bool(came or reached) or sight.is_changed
        told = incident.told
        self._weigh(incident, here, {*fresh, *markets} - {""}, reached, changed)
        if incident.told == told:
            tell_news(self._situation, incident, here, self._holds)
        self._rename(incident, sight.is_changed)
        if incident.held_because or incident.id in self._restless:
            follow(self._work, incident, self._holds.of(incident.component, list(here)))

    def _rename(self, incident: Incident, is_changed: bool) -> None:
        """Let the title follow the worst alert of the cause, unless a person worded it."""
        place = incident.component
        is_ours, cause = is_own_place(place), self._picture.failing.get(place)
        if not (is_ours or is_changed or place in self._situation.touched):
            return
        if cause is None or not is_worded_by_us(incident):
            return
        heard = title_of(self._situation, cause)
        if is_ours and heard.text[:TITLE] != incident.title:
            explain(incident, reason_of(self._situation, cause, [place]))
        entitle(incident, heard)

    def _end(self, incident: Incident, had: Sequence[str]) -> None:
        """Let it recover when nothing fails in it, unless that is not to be believed yet."""
        follow_sight(self._situation, incident, ())
        if incident.id in self._restless:
            follow(self._work, incident, incident.held_because or FLAPPING)
            rest(self._situation, incident)
            say_kept(self._situation, incident, self._holds.restless)
        elif incident.declared_by:
            quiet(self._situation, incident)
        else:
            self._recover(incident, had)

    def _members(self, incident: Incident, here: Mapping[str, object]) -> list[str]:
        """Let components join and leave; return those that joined."""
        rows = self._situation.rows.setdefault(incident.id, {})
        for name in list(rows):
            if name in here:
                rows[name].loose_since = self._placing.members[incident.id][name]
            elif incident.id not in self._restless or name in self._situation.failing:
                rows.pop(name).left_at = self._now
        came = [name for name in here if name not in rows]
        before = self._left(incident, came)
        for name in came:
            row = before.get(name) or IncidentComponent(incident_id=incident.id, component=name)
            row.is_cause = name == incident.component
            row.is_moved, row.reason = False, self._reason(incident, name)
            row.joined_at, row.left_at = self._now, None
            row.loose_since = self._placing.members[incident.id][name]
            self._work.session.add(row)
            rows[name] = row
        symptoms = [each for each in came if each != incident.component]
        if symptoms:
            text = self._situation.spoken(*joined(symptoms))
            line(self._work, incident, "joined", text, components=len(symptoms))
        return came

    def _left(self, incident: Incident, names: list[str]) -> dict[str, IncidentComponent]:
        if not names:
            return {}
        row = IncidentComponent
        rows = select(row).where(row.incident_id == incident.id, row.component.in_(names))
        return {each.component: each for each in self._work.session.scalars(rows)}

    def _reason(self, incident: Incident, component: str) -> str:
        if component == incident.component:
            return "the cause"
        graph = self._situation.graph
        way = graph.path(
            graph.node(component),
            graph.node(incident.component),
            lambda node: node in self._situation.failing or node not in self._situation.good,
        )
        return self._situation.spoken(*symptom_reason(way or ())).text

    def _nest(self, incident: Incident) -> None:
        parent = self._placing.parents.get(incident.id)
        if parent == incident.parent_id:
            return
        was, incident.parent_id = incident.parent_id, parent
        if parent is None:
            self._unnest(incident, was or 0)
        elif was is None:
            above = self._situation.incidents[parent]
            of = from_plain(above.title_told) or (above.title,)
            text = self._situation.spoken(f"now part of {mark(parent)}, ", *of)
            tell(self._work, incident, IncidentNested, text, parent_id=parent)
            line(self._work, above, "joined", f"{mark(incident.id)} is a symptom of this one")
        else:
            line(self._work, incident, "joined", f"now part of {mark(parent)}, a deeper cause")

    def _unnest(self, incident: Incident, was: int) -> None:
        before = self._work.session.get(Incident, was)
        why = outlived(before.component) if before else ("what it was part of is gone",)
        text = self._situation.spoken("stands alone: ", *why)
        held = self._holds.of(incident.component, [incident.component])
        incident.held_because = "" if held == FLAPPING else held  # flapping is said by itself
        on_priority_change(self._work, incident)
        tell(self._work, incident, IncidentUnnested, text, parent_id=was, held_because=held)

    def _recover(self, incident: Incident, had: Sequence[str]) -> None:
        if not incident.state.is_live:
            return
        incident.state = INCIDENT.after(incident.state, Move.RECOVER)
        incident.held_because = "" if incident.held_because == FLAPPING else incident.held_because
        incident.resolved_at = self._now
        incident.cause_cleared_at = incident.cause_cleared_at or self._now
        goes_on = any(each in self._situation.failing for each in had)
        how = "it went on elsewhere" if goes_on else "recovered by itself"
        on_resolve(self._work, incident, unanswered=how)
        if is_unwatched(self._situation, incident):
            tell(self._work, incident, IncidentUnwatched, NO_LONGER)
        else:
            tell(self._work, incident, IncidentRecovered, self._why_over(incident, had))
        del self._situation.incidents[incident.id]

    def _why_over(self, incident: Incident, had: Sequence[str]) -> str | Spoken:
        """Return why nothing fails in it any more, and where what still fails went."""
        failing = self._situation.failing
        loud = sorted(each for each in had if each in failing and failing[each].may_open)
        if incident.component in loud:
            return "over: its alerts were moved"
        if loud:
            others = [(each, self._elsewhere(each)) for each in loud]
            return self._situation.spoken(*cause_cleared(others))
        silent = any(each in failing for each in had)
        return f"recovered: its last alert {'above information ' if silent else ''}has cleared"

    def _elsewhere(self, component: str) -> str:
        """Return the incident in which a component goes on failing; empty when none has it yet."""
        found = [each for each, here in self._placing.members.items() if component in here]
        return mark(min(found)) if found else ""

    def _cause(self, incident: Incident) -> None:
        """Note when the cause clears while symptoms go on, and when it fails again."""
        name = Named((incident.component,))
        if incident.component in self._picture.failing:
            if incident.cause_cleared_at is not None:
                incident.cause_cleared_at = None
                text = self._situation.spoken(name, " fails again")
                line(self._work, incident, "cause", text)
        elif incident.cause_cleared_at is None:
            incident.cause_cleared_at = self._now
            count = len(self._placing.members[incident.id])
            answers = (
                "answers, the suspicion is refuted" if incident.is_suspected else "has cleared"
            )
            left = f" {answers}; {count} that needed it still fail{'s' if count == 1 else ''}"
            text = self._situation.spoken(name, left)
            line(self._work, incident, "cause", text)

    def _weigh(
        self,
        incident: Incident,
        here: Mapping[str, object],
        markets: set[str],
        reached: Sequence[str],
        changed: bool,
    ) -> None:
        severity = max(self._situation.failing[each].severity for each in here)
        if severity == incident.severity and not changed:
            return
        touched = {market for each in here for market in self._situation.markets_of(each)}
        cause = self._picture.failing.get(incident.component)
        failing = sorted({incident.component, *here})
        share = share_lost(self._work, incident.id)
        soft = soften(self._situation, failing, touched | markets, cause, share)
        weight = weigh(
            self._work.settings.priority,
            self._situation.estate,
            severity,
            failing,
            touched | markets,
            soft.share_lost,
            unseen_in(self._situation, here),
            soft.carried_by,
            soft.is_guess,
        )
        held = self._holds.of(incident.component, list(here))
        if held == FLAPPING:
            held = self._holds.unless_first(list(here), incident.worst_severity, severity)
        if not apply_weight(self._work, incident, weight, held) and reached:
            spread(self._situation, incident, reached, held)
        if cause is not None and not incident.declared_by:
            explain(incident, reason_of(self._situation, cause, list(here)))

    def _attach(self) -> dict[int, list[str]]:
        """Count waiting episodes to their incidents; return the markets these bring."""
        row = IncidentAlert
        unplaced = (row.incident_id.is_(None), row.state < AlertState.RESOLVED)
        query = select(row.component, row.market).where(*unplaced).distinct()
        homes: dict[int, list[str]] = {}
        markets: dict[int, list[str]] = {}
        for component, market in self._work.session.execute(query):
            home = self._home(component)
            if home is not None:
                homes.setdefault(home, []).append(component)
                markets.setdefault(home, []).append(market)
        for home, names in sorted(homes.items()):
            self._work.session.execute(
                update(row)
                .where(*unplaced, row.component.in_(sorted(set(names))))
                .values(incident_id=home)
                .execution_options(synchronize_session=False)
            )
        count_alerts(self._work.session, [self._situation.incidents[home] for home in homes])
        return markets

    def _home(self, component: str) -> int | None:
        """Return the one incident whose count an alert of ``component`` raises."""
        own = self._situation.at(component)
        if own is not None:
            return own.id
        causes = self._picture.causes.get(component, ())
        for each in causes:
            if each in self._placing.homes:
                return self._placing.homes[each]
        holding = [each for each, names in self._placing.members.items() if component in names]
        return min(holding, default=None)

    def _flapping(self) -> set[int]:
        """Return the incidents that have an alert which changes too often to be believed."""
        keys = self._holds.restless
        if not keys:
            return set()
        row = IncidentAlert
        ids = select(row.incident_id).where(
            row.key.in_(sorted(keys)), row.incident_id.in_(list(self._situation.incidents))
        )
        return {each for each in self._work.session.scalars(ids.distinct()) if each is not None}
