"""Every page of proving, deciding and rolling out: no fault by day and night, never too wide.

The names are French and Arabic and long; the pages are full: breaks, failures, votes, a brake.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from changes.features.actions import keeping
from changes.programmes import decision_jobs
from changes.programmes.actions import acceptance, cutting_over, go_no_go, migration
from changes.programmes.actions import interfaces as connecting
from changes.programmes.actions.acceptance import CellDraft
from changes.programmes.actions.go_no_go import MeetingDraft
from changes.programmes.actions.migration import RunDraft
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import Site, SiteStaff
from changes.programmes.rules.acceptance import CellKey
from changes.programmes.rules.interfaces import Proof
from changes.programmes.rules.migration import CheckDraft
from ssoc.core.clock import FrozenClock
from ssoc.core.permissions import SYSTEM
from ssoc.core.work import Runtime, Work
from tests.browser.conftest import (
    NARROW,
    WIDE,
    OpenPage,
    no_violations_by_day_and_night,
    shoot,
)
from tests.browser.test_tour import walk
from tests.changes import reconciling_story as recon
from tests.changes.features import story as featured
from tests.programmes import proving, scenes, stage
from tests.rollouts import story as rolled
from tests.web.test_rollouts import paused

MANAGER = "change-manager"
NAME = "Caisses nouvelles de la République démocratique, صناديق جديدة لكل المتاجر"
SITE = "متجر الإسكندرية الكبير بجانب محطة القطار الرئيسية وميدان سعد زغلول"
PEOPLE = ("Jean-Baptiste Mwamba wa Kalombo", "عبد الرحمن محمد عبد العزيز السيد", "Zoë d'Almeida")
STEPS = [
    {
        "title": "Fermer l'ancienne caisse et compter",
        "p50": 10,
        "p90": 15,
        "verify": "Z",
        "undo": "o",
    },
    {"title": "إفراغ المعاملات", "p50": 20, "p90": 30, "drains": True},
    {"title": "Basculer", "p50": 5, "p90": 9, "no_return": True, "is_hold_point": True},
]
WHOLE = {
    "acceptance": "/programmes/1/acceptance",
    "scope": "/programmes/1/acceptance/scope",
    "training": "/programmes/1/training?week=2026-03-03",
    "proposal": "/programmes/1/training/proposal?week=2026-03-03&trainers=Ana",
    "session": "/programmes/training/sessions/1",
    "session-new": "/programmes/1/training/sessions/new?place=site:1&day=2026-03-04",
    "steering": "/programmes/1/steering",
    "settings": "/programmes/1/settings",
    "staff": "/programmes/1/staff",
    "again": "/programmes/1/plan-again",
    "crews": "/programmes/1/crews",
    "run-sheet": "/programmes/1/run-sheet",
    "decisions": "/programmes/1/decisions",
    "brake": "/programmes/waves/1/brake",
    "recon": "/programmes/reconciliation",
    "recon-run": "/programmes/reconciliation/1",
    "recon-day": "/programmes/reconciliation/1/2026-03-02",
    "recon-failed": "/programmes/reconciliation/1/2026-03-03",
    "extracts": "/programmes/reconciliation/extracts",
}
OF_SITE = {
    "site": "/programmes/sites/1",
    "site-acceptance": "/programmes/sites/1/acceptance",
    "site-training": "/programmes/sites/1/training",
    "site-migration": "/programmes/sites/1/migration",
    "site-interfaces": "/programmes/sites/1/interfaces",
    "decision": "/programmes/decisions/1",
    "vote": "/programmes/decisions/1/vote",
    "cut-over": "/programmes/cut-overs/1",
    "hypercare": "/programmes/sites/2",
    "rollouts": "/roll-outs/",
    "rollout": "/roll-outs/1",
    "plan": "/roll-outs/1/plan",
    "evidence": "/roll-outs/1/gates/1/evidence?metric=success&market=TZ",
    "features": "/roll-outs/features",
    "feature": f"/roll-outs/features/{featured.KEY}",
    "feature-new": "/roll-outs/features/new",
}
BY_KEYBOARD = {
    "proofs": ("site-training", "site-migration", "site-interfaces", "session-new", "recon-day"),
    "decisions": ("decision", "cut-over", "run-sheet", "brake", "rollout", "feature"),
}


@pytest.fixture
def page(runtime: Runtime, clock: FrozenClock, open_as: OpenPage) -> Page:
    """Give one signed-in telephone before a house in which all of this has happened."""
    number = paused(runtime)
    with runtime.work(rolled.RITA) as work:
        keeping.make(work, replace(featured.draft(number), title=NAME))
    with runtime.work(SYSTEM) as work:
        states = (SiteState.PARALLEL, SiteState.HYPERCARE, SiteState.ACCEPTED, SiteState.GO_NO_GO)
        ids = scenes.programme(
            work,
            4,
            states=states,
            staff=3,
            name=NAME,
            steering={"IT": [MANAGER], "métiers et finances": ["executive"]},
            authority="executive",
            site={"minimum_staff": 1},
            rollout={"slot_on": stage.SLOT, "crew": ""},
        )
        work.session.get_one(Site, ids.sites[0]).name = SITE
        for person, name in zip(proving.staff_of(work, ids.sites[0]), PEOPLE, strict=True):
            work.session.get_one(SiteStaff, person).name = name
    stage.make_ready(runtime, ids.first)
    with runtime.work(stage.MANAGER) as work:
        _prove(work, ids)
        _decide(work, ids)
    _reconcile(runtime, ids)
    decision_jobs.watch_sites(runtime)
    return open_as(MANAGER, "/programmes/", NARROW)


def _prove(work: Work, ids: scenes.Ids) -> None:
    sellers = proving.staff_of(work, ids.sites[0])
    course = proving.course(work, ids.programme, "Caisse et encaissement, الصندوق")
    proving.train(work, sellers[:1], course)
    proving.roster(work, ids.first, sellers, stage.SLOT)
    proving.plan(work, ids.programme, course, site_id=ids.sites[0], people=sellers[1:])
    ledger = connecting.add_interface(work, ids.programme, "Grand livre", "accounting", "x", "y")
    for proof, is_ok in zip(Proof, (True, False), strict=False):
        connecting.prove(work, ids.first, ledger, proof, is_ok, "GL-2026-03-02-000017")
    acceptance.set_scope(work, ids.programme, ["carte", "QR code"], ["sale", "refund"])
    for flow, status in (("sale", "pass"), ("refund", "fail")):
        keys = [CellKey(scenes.BANKS[0], "carte", flow)]
        acceptance.record(work, ids.first, keys, CellDraft(status, "reçu n° 12"))
    checks = [
        CheckDraft("count", "comptes", "120", "119"),
        CheckDraft("sum", "soldes", "1000.50", "1000.50", currency="KES"),
    ]
    at = work.now - timedelta(hours=3)
    draft = RunDraft("dimanche 20:00", at, at + timedelta(hours=1), checks)
    migration.record_run(work, ids.first, draft)


def _decide(work: Work, ids: scenes.Ids) -> None:
    cutting_over.set_template(work, ids.programme, STEPS, 120, 30)
    run = cutting_over.rehearse(work, ids.first)
    cutting_over.press(work, run, 1, "start")
    meeting = go_no_go.plan(work, MeetingDraft(work.now, ids.first, rollback_owner=MANAGER))
    go_no_go.set_criterion(work, meeting, "Météo الطقس", "red", False, "bulletin de la côte")
    go_no_go.add_condition(work, meeting, "un groupe électrogène est sur place", MANAGER)


def _reconcile(runtime: Runtime, ids: scenes.Ids) -> None:
    with runtime.work(SYSTEM) as work:
        parallel = recon.prepare(work, subject=f"site:{ids.first}", title=SITE)
    recon.run(runtime, parallel, "A 100, B 5, C 7, D 3", "A 100.00, B 5.01, E 9, D-3 3")
    recon.run(runtime, parallel, "A 100, B 5", "A 100.00, B <b>x</b>")


@pytest.mark.parametrize("pages", [WHOLE, OF_SITE], ids=["whole", "site"])
def test_no_page_has_a_fault_by_day_or_night_or_is_too_wide(
    page: Page, pages: dict[str, str]
) -> None:
    faults = []
    for name, address in pages.items():
        answer = page.goto(address)
        try:
            assert answer is not None
            assert answer.status == 200, f"{address} answered {answer.status}"
            no_violations_by_day_and_night(page, f"{name}-400")
            page.set_viewport_size(WIDE)  # type: ignore[arg-type]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "too wide"
            shoot(page, f"{name}-1440")
        except AssertionError as fault:
            faults.append(f"{name}: {fault}")
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize("name", BY_KEYBOARD)
def test_a_page_by_keyboard_alone(page: Page, name: str) -> None:
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    for each in BY_KEYBOARD[name]:
        page.goto({**WHOLE, **OF_SITE}[each])
        walk(page)


def test_on_paper_nothing_is_printed_that_can_only_be_pressed(page: Page) -> None:
    page.emulate_media(media="print")
    for name in ("recon-day", "training", "decision", "site-migration", "site-acceptance"):
        page.goto({**WHOLE, **OF_SITE}[name])
        for each in page.locator("main :is(button, input, select, nav, textarea, .button)").all():
            assert not each.is_visible(), f"{name}: {each.evaluate('o => o.outerHTML')[:120]}"
