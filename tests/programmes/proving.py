"""What the tests of proving sites share: a programme with sellers, who acts, short ways to act."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from changes.programmes.actions import rosters, sessions, training
from changes.programmes.actions.sessions import SessionDraft
from changes.programmes.actions.training import CourseDraft
from changes.programmes.models import Site, SiteStaff
from ssoc.core.permissions import SYSTEM, Role
from ssoc.core.work import Runtime, Work
from tests import factories
from tests.programmes import scenes

PLANNER = factories.person("carlos", Role.CHANGE_MANAGER)
TEAM_KE = factories.person("wanjiru", Role.SITE_TEAM, "KE")
TEAM_TZ = factories.person("neema", Role.SITE_TEAM, "TZ")
MONDAY = date(2026, 3, 2)
CUT_OVER = date(2026, 3, 11)  # a Wednesday


def programme(runtime: Runtime, sites: int = 2, staff: int = 6, **given: Any) -> scenes.Ids:
    """Write a programme whose sites are cut over on a Wednesday."""
    with runtime.work(SYSTEM) as work:
        factories.estate(work, "core-ke")
        usual = {"rollout": {"slot_on": CUT_OVER}, "prefix": "S-"}
        return scenes.programme(work, sites, staff=staff, **{**usual, **given})


def staff_of(work: Work, site_id: int) -> list[int]:
    """Return the people of a site by code."""
    asked = select(SiteStaff.id).where(SiteStaff.site_id == site_id).order_by(SiteStaff.code)
    return list(work.session.scalars(asked))


def course(work: Work, programme_id: int, name: str = "Tills", **given: Any) -> int:
    """Add a course."""
    return training.add_course(work, programme_id, CourseDraft(name, **given))


def roster(work: Work, rollout_id: int, people: Iterable[int], day: date = CUT_OVER) -> int:
    """Write a roster."""
    return rosters.write_roster(work, rollout_id, day, list(people))


def train(work: Work, people: Iterable[int], course_id: int, valid_to: date | None = None) -> None:
    """Let people hold a course since long ago."""
    for each in people:
        training.record_competency(
            work, each, course_id, MONDAY - timedelta(days=30), valid_to, "certificate"
        )


def plan(work: Work, programme_id: int, course_id: int, **given: Any) -> int:
    """Plan a session for tomorrow morning."""
    usual: dict[str, Any] = {
        "course_id": course_id,
        "trainer": "Ana Sousa",
        "day": MONDAY + timedelta(days=1),
        "hours": "09:00-12:00",
        "capacity": 10,
    }
    return sessions.plan_session(work, programme_id, SessionDraft(**{**usual, **given}))


def minimum(work: Work, site_id: int, people: int) -> None:
    """Set the minimum staffing of a site."""
    work.session.get_one(Site, site_id).minimum_staff = people
    work.session.flush()
