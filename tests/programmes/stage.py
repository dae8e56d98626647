"""A programme of which every fact says yes, so that a test takes one of them away."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from changes.lifecycle import State
from changes.programmes.actions import places, planning, readiness
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Release, SiteRollout
from changes.programmes.queries import site_facts
from changes.programmes.queries.terms import terms_of
from changes.programmes.rules.guards import Standing
from changes.programmes.rules.readiness import COUNTED
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.programmes import scenes

MANAGER = factories.person("marta", Role.CHANGE_MANAGER)
TEAM = factories.person("tunde", Role.SITE_TEAM, "KE")
SLOT = date(2026, 3, 9)


@dataclass(frozen=True)
class Told:
    """A standing as a test wants it."""

    is_met: bool
    why: str = ""


@contextmanager
def told(**wanted: Told) -> Iterator[None]:
    """Let facts answer as named, and every other one with yes, while the block runs."""

    def fact(name: str) -> site_facts.Fact:
        def answer(_work: Work, ids: Sequence[int]) -> Mapping[int, Standing]:
            return dict.fromkeys(ids, wanted.get(name, Told(True)))

        return answer

    kept = dict(site_facts.FACTS)
    names = ("training", "interfaces", "migration", "parallel", "decision", "runbook")
    site_facts.FACTS.update({name: fact(name) for name in (*names, "hypercare", "undone")})
    try:
        yield
    finally:
        site_facts.FACTS.clear()
        site_facts.FACTS.update(kept)


def set_up(runtime: Runtime, state: SiteState = SiteState.READY, **given: Any) -> scenes.Ids:
    """Give a programme of four shops in one wave: booked, ready, frozen, approved."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work)
        ids = scenes.programme(work, 4, states=(state,), staff=3, **given)
        approved = factories.change(work, ("KE",), (), state=State.APPROVED)
        work.session.get_one(Release, ids.release).change_id = approved.id
    with runtime.work(MANAGER) as work:
        planning.freeze_release(work, ids.release)
        if state in places.BOOKED_IN:
            places.book(work, ids.first, SLOT, "A")
    make_ready(runtime, ids.first)
    return ids


def make_ready(runtime: Runtime, site: int) -> None:
    """Record a pass for each item that people tick."""
    with runtime.work(MANAGER) as work:
        for item in terms_of(work, None).readiness:
            if item not in COUNTED:
                readiness.record(work, site, item, "pass", "photo on the sheet")


def row(runtime: Runtime, site: int) -> SiteRollout:
    """Return a site's way as it is stored."""
    with runtime.view(SYSTEM) as work:
        return work.session.get_one(SiteRollout, site)
