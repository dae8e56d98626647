"""The automatic criteria of a go/no-go: what guards and standings say of a site, or of a wave.

A wave is as good as its worst site: a criterion is green when it is for every site that goes.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import select

from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Site, SiteDecision, SiteRollout
from changes.programmes.queries import site_facts
from changes.programmes.rules.go_no_go import Criterion, Light
from changes.programmes.rules.guards import EVERY, SLOT_FREEZE, WAVE, Guard, SiteFacts, Standing
from changes.programmes.rules.readiness import ReadinessStanding
from ssoc.core.work import Work

# By the name of the fact: how people call it, whether it is hard, and where its value is from.
STANDINGS: Mapping[str, tuple[str, bool, str]] = {
    "readiness": ("Readiness", True, "readiness sheet"),
    "training": ("Training and cover", True, "training planner"),
    "migration": ("Migration rehearsals", True, "migration checks"),
    "interfaces": ("Interfaces", True, "interface checks"),
    "acceptance": ("Acceptance matrix", True, "acceptance matrix"),
    "parallel": ("Parallel run", True, "reconciliation"),
    "rehearsal": ("Rehearsal of the cut-over", False, "run sheets"),
}
_ASIDE = {SiteState.DEFERRED, SiteState.ROLLED_BACK}
_NAMED = 3


def going(work: Work, decision: SiteDecision) -> dict[int, str]:
    """Return the sites a meeting is about with their codes: those not cut over and not put off."""
    chosen = select(SiteRollout.id, Site.code, SiteRollout.state).join(
        Site, Site.id == SiteRollout.site_id
    )
    if decision.site_rollout_id is not None:
        wanted = chosen.where(SiteRollout.id == decision.site_rollout_id)
        return {number: code for number, code, _ in work.session.execute(wanted)}
    return of_wave(work, decision.wave_id)


def of_wave(work: Work, wave_id: int | None) -> dict[int, str]:
    """Return the sites of a wave that are still to go, with their codes."""
    rows = work.session.execute(
        select(SiteRollout.id, Site.code, SiteRollout.state)
        .join(Site, Site.id == SiteRollout.site_id)
        .where(SiteRollout.wave_id == wave_id)
        .order_by(Site.code)
    )
    return {
        number: code
        for number, code, state in rows
        if not state.is_cut_over and state not in _ASIDE
    }


def automatic(work: Work, decision: SiteDecision) -> list[Criterion]:
    """Return the criteria that nobody has to fill in, as they stand now."""
    sites = going(work, decision)
    ids = list(sites)
    if not ids:
        return [
            Criterion("sites", "Sites", True, Light.NO_DATA, "plan", "no site of it is left to go")
        ]
    sheets = site_facts.sheets(work, ids)
    left_out = _left_out(sheets)
    told = {name: hook(work, ids) for name, hook in site_facts.FACTS.items() if name in STANDINGS}
    found = [
        _standing(name, each, sites, left_out.get(name, {}))
        for name, each in {"readiness": sheets, **told}.items()
        if name in STANDINGS
    ]
    facts = site_facts.gathered(work, ids, {})
    guards = [*EVERY, SLOT_FREEZE, WAVE]
    return [*found, *(_guard(each, facts, sites) for each in guards if each.key != "crew")]


def _left_out(sheets: Mapping[int, ReadinessStanding]) -> dict[str, dict[int, str]]:
    """Return of each item the sites it does not apply to, with the reason that was written."""
    found: dict[str, dict[int, str]] = {}
    for number, sheet in sheets.items():
        for each in sheet.left_out:
            reason = each.found.evidence if each.found else ""
            found.setdefault(each.key, {})[number] = f"does not apply: {reason}"
    return found


def _standing(
    name: str,
    told: Mapping[int, Standing],
    every: Mapping[int, str],
    left_out: Mapping[int, str] = MappingProxyType({}),
) -> Criterion:
    title, is_hard, source = STANDINGS[name]
    sites = {number: code for number, code in every.items() if number not in left_out}
    if not sites:
        return Criterion(name, title, is_hard, Light.GREEN, source, _words(left_out, every))
    unknown = [each for each in sites if each not in told]
    against = {each: told[each].why for each in sites if each in told and not told[each].is_met}
    light = Light.RED if against else Light.NO_DATA if unknown else Light.GREEN
    why = _words(against or dict.fromkeys(unknown, "nothing is recorded"), sites)
    if light is Light.GREEN and len(sites) == 1:
        why = told[next(iter(sites))].why or "everything it asks is met"
    return Criterion(name, title, is_hard, light, source, why)


def _guard(guard: Guard, facts: Mapping[int, SiteFacts], sites: Mapping[int, str]) -> Criterion:
    against = {}
    for number, each in facts.items():
        obstacles = list(guard.check(each))
        if obstacles:
            against[number] = obstacles[0].words
    light = Light.RED if against else Light.GREEN
    title = guard.title[:1].upper() + guard.title[1:]
    words = _words(against, sites) or "nothing stands against it"
    return Criterion(guard.key, title, True, light, "guards", words)


def _words(against: Mapping[int, str], sites: Mapping[int, str]) -> str:
    """Return what stands against it: of one site the reason, of many how many and the first."""
    if len(sites) == 1:
        return next(iter(against.values()), "")
    if not against:
        return f"all {len(sites)} sites"
    named: Sequence[str] = [f"{sites[each]}: {why}" for each, why in against.items()][:_NAMED]
    more = len(against) - len(named)
    also = f"; {more} more" if more else ""
    return f"{len(against)} of {len(sites)} sites: {'; '.join(named)}{also}"
