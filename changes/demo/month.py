"""The demo's month: raised, approved, run and reviewed by its people, each at the true instant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from changes.actions import freeze_list, meetings, requests, reviewing, running, stepping, templates
from changes.actions.freeze_list import FreezeDraft
from changes.actions.meetings import MeetingDraft
from changes.actions.templates import TemplateDraft
from changes.demo import script
from changes.demo.script import Planned
from changes.demo.stage import Stage
from changes.draft import Draft
from changes.lifecycle import BoardWord, Outcome, StepMove, TemplateState
from changes.queries import meetings as meeting_queries
from changes.queries.freezes import freeze_spans
from changes.queries.lists import ChangeFilter, listed
from changes.queries.meetings import Agenda
from changes.queries.templates import plan as plan_of
from changes.queries.templates import template
from changes.values import PlanStep, Touched
from ssoc.accounts import queries as accounts
from ssoc.core.errors import NotFound
from ssoc.core.permissions import Actor, operator
from ssoc.core.work import Runtime, Work
from ssoc.estate import queries as estate_queries
from ssoc.estate.local_hours import change_spans
from ssoc.estate.values import Estate
from ssoc.monitoring.actions import Change as LogEntry
from ssoc.monitoring.actions import WindowDraft, record_change, set_window

PEOPLE = (
    *("amina", "juma", "thandi", "carlos", "chantal", "kofi", "tesfaye"),
    *("omondi", "grace", "adwoa", "zuri"),
)
_ASKING = ("chantal", "kofi", "thandi")
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def remember(runtime: Runtime) -> None:
    """Write the month where there is no change at all; without the demo's people do nothing."""
    with runtime.work(operator()) as work:
        if listed(work, ChangeFilter("all"), limit=1).total:
            return
        people = people_of(work)
        if people:
            Month(Stage(work, people)).write()


def people_of(work: Work) -> dict[str, Actor]:
    """Return the demo's people by name; nobody unless all of them are there."""
    found = {}
    for name in PEOPLE:
        try:
            found[name] = accounts.person(work, name).actor
        except NotFound:
            return {}
    return found


class Month:
    """Everything that happened, put on the stage and played by the clock."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.work = stage, stage.work
        self.now = stage.work.now.replace(second=0, microsecond=0)
        self.base = (self.now - 12 * _HOUR).replace(hour=0, minute=0)
        self.estate: Estate = estate_queries.current(stage.work)

    def write(self) -> None:
        """Play the whole month."""
        self._freezes_and_meetings()
        for number, each in enumerate((*script.PAST, *script.AHEAD)):
            self._plan(each, _ASKING[number % len(_ASKING)])
        self._template(script.CERTIFICATE, first=-29, fails=0, later=(-8, 2))
        self._template(script.ROUTES, first=-28, fails=3, later=(-13, -9, -5))
        self.stage.play()
        self._running_now()
        self._unannounced()
        self._works_of_vendors()

    def night(self, markets: Sequence[str], day: int) -> datetime:
        """Return when the change hours of a night have begun in all of some markets."""
        around = self.base + day * _DAY
        begun = []
        for code in markets:
            market = self.estate.markets[code]
            found = change_spans(market, around, around + 3 * _DAY)
            late = [each.since for each in found if each.since >= around + 18 * _HOUR]
            begun.append(min(late, default=around + 21 * _HOUR))
        return max(begun)

    # ---- one change

    def _plan(self, planned: Planned, requester: str) -> None:
        draft = script.draft_of(planned, requester)
        markets = planned.markets or self.estate.markets_of(planned.component)
        begins = self.night(markets, planned.day)
        ends = begins + planned.minutes * _MINUTE
        is_urgent = planned.type == "emergency"
        raised = begins - (3 * _HOUR if is_urgent else 6 * _DAY)
        raised = min(raised, self.now - 30 * _HOUR)
        rehearsed = raised - _DAY if planned.is_rehearsed and not is_urgent else None
        draft = replace(draft, starts_at=begins, ends_at=ends, rollback_rehearsed_at=rehearsed)
        self.stage.later(raised, lambda: self._raise(planned, draft, requester, raised))

    def _raise(self, planned: Planned, draft: Draft, requester: str, at: datetime) -> None:
        number = requests.raise_change(self.stage.as_(requester, at), draft)
        if planned.stop == "drafted":
            return
        at += 20 * _MINUTE
        requests.submit(self.stage.as_(requester, at), number)
        at += (10 * _MINUTE) if planned.type == "emergency" else 3 * _HOUR
        self.stage.later(at, lambda: self._answer(planned, number, requester, at))

    def _answer(self, planned: Planned, number: int, requester: str, at: datetime) -> None:
        stage = self.stage
        if planned.stop == "refused":
            stage.answer(number, "omondi", at, planned.note, yes=False)
        elif planned.stop == "asked":
            stage.answer(number, "omondi", at, "")
        elif planned.stop == "cancelled":
            requests.cancel(stage.as_(requester, at), number, planned.note)
        elif planned.stop in {"operations", "business"}:
            stage.answer_all(number, at, stages=1 if planned.stop == "operations" else 2)
        else:
            at = stage.answer_all(number, at)
            self._after_approval(planned, number, requester, at)

    def _after_approval(self, planned: Planned, number: int, requester: str, at: datetime) -> None:
        change = self.stage.view(number)
        if change.starts_at is None or change.starts_at > self.now or change.ends_at is None:
            return
        if not self.stage.settle(number, at):
            return
        begins = change.starts_at + 3 * _MINUTE
        self.stage.later(begins, lambda: self._run(planned, number, requester, begins))

    def _run(self, planned: Planned, number: int, requester: str, at: datetime) -> None:
        self.stage.execute(number, planned.who, at, planned.pace, planned.outcome, planned.note)
        ended = self.stage.view(number).finished_at or at
        later = ended + 9 * _HOUR
        if later < self.now and planned.day != -1:  # the last one is still to be reviewed
            self.stage.later(later, lambda: self._finish(number, requester, later))

    def _finish(self, number: int, requester: str, at: datetime) -> None:
        change = self.stage.view(number)
        if reviewing.is_review_due(self.work, change):
            reviewing.review(
                self.stage.as_("grace", at),
                number,
                "Looked at with those who did it: what happened stands in the run sheet.",
                "The step that went wrong gets a check of its own." if change.outcome else "",
            )
            at += _HOUR
        if change.team != "Services" or change.outcome is Outcome.SUCCESSFUL:
            requests.close(self.stage.as_(requester, at), number)

    # ---- templates

    def _template(self, name: str, first: int, fails: int, later: Sequence[int]) -> None:
        at = self.base + (first - 8) * _DAY + 9 * _HOUR
        draft = TemplateDraft(
            name, script.template_plan(name), "The same for every country.", (), 60
        )

        def begin() -> None:
            number = templates.save_template(self.stage.as_("tesfaye", at), draft)
            for index in range(12):
                self._follow(number, name, first + index, index, fails=False)
            for index, day in enumerate(later):
                self._follow(number, name, day, index + 3, fails=index < fails)
            stands = self.base + (first + 12) * _DAY + 9 * _HOUR
            self.stage.later(stands, lambda: self._earn(number, stands))

        self.stage.later(at, begin)

    def _follow(self, template_id: int, name: str, day: int, turn: int, *, fails: bool) -> None:
        code = script.MARKETS[turn % len(script.MARKETS)]
        begins = self.night((code,), day) + 70 * _MINUTE
        at = min(begins - 2 * _DAY, self.now - 20 * _HOUR)
        self.stage.later(at, lambda: self._raise_by(template_id, name, code, begins, at, fails))

    def _raise_by(  # noqa: PLR0913 (what one change of a template differs by)
        self, template_id: int, name: str, code: str, begins: datetime, at: datetime, fails: bool
    ) -> None:
        whole = plan_of(self.work, template_id)
        draft = replace(
            whole,
            title=f"{name}, {self.estate.markets[code].name}",
            markets=(code,),
            touched=tuple(
                each for each in whole.touched if code in self.estate.markets_of(each.component)
            ),
            starts_at=begins,
            ends_at=begins + _HOUR,
            implementer="tesfaye",
            verifier="thandi",
            team="Services",
            purpose="by the template",
        )
        number = requests.raise_change(self.stage.as_("kofi", at), draft)
        requests.submit(self.stage.as_("kofi", at + 5 * _MINUTE), number)
        approved = self.stage.answer_all(number, at + 2 * _HOUR)
        if begins < self.now and self.stage.settle(number, approved):
            planned = Planned(
                0, draft.title, "", outcome=Outcome.FAILED if fails else Outcome.SUCCESSFUL,
                note="the new table has an old prefix; messages to one network were lost",
            )  # fmt: skip
            self.stage.later(
                begins + _MINUTE, lambda: self._run_by(template_id, planned, number, begins)
            )

    def _run_by(self, template_id: int, planned: Planned, number: int, begins: datetime) -> None:
        self._run(planned, number, "kofi", begins + _MINUTE)
        if template(self.work, template_id).state is TemplateState.STANDARD:
            ended = self.stage.view(number).finished_at or begins
            templates.judge_templates(self.stage.as_("carlos", ended + 2 * _MINUTE))

    def _earn(self, template_id: int, at: datetime) -> None:
        if template(self.work, template_id).standing.may_be_standard:
            templates.propose_template(
                self.stage.as_("tesfaye", at), template_id, "done in every country, never a failure"
            )
            templates.accept_template(self.stage.as_("carlos", at + 2 * _HOUR), template_id)

    # ---- what stands beside changes

    def _freezes_and_meetings(self) -> None:
        first = self.base + 5 * _DAY
        at = self.now - 20 * _DAY

        def freeze() -> None:
            draft = FreezeDraft(
                "Audit of the central bank",
                True,
                "auditors look at the platform; nothing may move",
                ("GH",),
                local_since=f"{first:%Y-%m-%dT}08:00",
                local_until=f"{first + 3 * _DAY:%Y-%m-%dT}08:00",
            )
            freeze_list.set_freeze(self.stage.as_("carlos", at), draft)

        self.stage.later(at, freeze)
        held = (self.now - 22 * _HOUR).replace(minute=0)  # what is asked now was asked then
        self.stage.later(held - 3 * _DAY, lambda: self._meeting(held))
        ahead = self.base + 2 * _DAY + 13 * _HOUR
        self.stage.later(self.now - 2 * _DAY, lambda: self._plan_next(ahead, self.now - 2 * _DAY))

    def _plan_next(self, starts_at: datetime, at: datetime) -> None:
        self._plan_meeting(starts_at, at)

    def _plan_meeting(self, starts_at: datetime, at: datetime) -> int:
        draft = MeetingDraft("Advisory board, weekly", starts_at, "carlos", Agenda())
        return meetings.plan(self.stage.as_("carlos", at), draft)

    def _meeting(self, starts_at: datetime) -> None:
        number = self._plan_meeting(starts_at, starts_at - 3 * _DAY)

        def hold() -> None:
            chair = self.stage.as_("carlos", starts_at)
            meetings.begin(chair, number)
            for name in ("carlos", "omondi", "grace", "zuri"):
                meetings.attend(chair, number, name)
            waiting = [each for each in meeting_queries.meeting(chair, number).items if each.stage]
            for each in waiting[:1]:
                minutes = "the vendor has not sent his plan; again in the next meeting"
                at = self.stage.as_("carlos", starts_at + 20 * _MINUTE)
                meetings.decide(at, number, each.change.id, BoardWord.DEFER, minutes)
            ended = self.stage.as_("carlos", starts_at + 50 * _MINUTE)
            meetings.end(ended, number, "The nights of the week were gone through, one by one.")

        self.stage.later(starts_at, hold)

    def _running_now(self) -> None:
        """Leave one emergency running whose forecast lies behind its window."""
        code = self._unfrozen()
        steps = (
            PlanStep(1, "Take the second gateway out of the pool", "amina", 10),
            PlanStep(2, "Install the corrected driver", "amina", 15, "it starts", "the old driver"),
            PlanStep(3, "Send test messages to every network", "amina", 25, needs=(2,)),
            PlanStep(4, "Take it back into the pool", "amina", 10, needs=(3,)),
        )
        draft = Draft(
            title=f"SMS gateway {self.estate.markets[code].name}: driver that loses receipts",
            type="emergency",
            markets=(code,),
            touched=(Touched(f"smsc-{code.lower()}", script.LESS),),
            starts_at=self.now - 55 * _MINUTE,
            ends_at=self.now + 15 * _MINUTE,
            rollback_minutes=10,
            purpose="every hundredth delivery receipt is lost; customers ask twice",
            implementer="amina",
            verifier="palesa",
            team="Services",
            rollback_plan="Put the old driver back; ten minutes.",
            steps=steps,
        )
        at = self.now - 100 * _MINUTE
        number = requests.raise_change(self.stage.as_("kofi", at), draft)
        requests.submit(self.stage.as_("kofi", at + 2 * _MINUTE), number)
        approved = self.stage.answer_all(number, at + 12 * _MINUTE)
        if not self.stage.settle(number, approved):
            return
        begun = self.now - 53 * _MINUTE
        run_id = running.start(self.stage.as_("amina", begun), number)
        for minutes, position, move in (
            (0, 1, StepMove.START), (14, 1, StepMove.FINISH), (15, 2, StepMove.START),
            (38, 2, StepMove.FINISH), (40, 3, StepMove.START),
        ):  # fmt: skip
            actor = self.stage.as_("amina", begun + minutes * _MINUTE)
            stepping.step(actor, run_id, position, move, "")

    def _unfrozen(self) -> str:
        frozen = [
            each for each in freeze_spans(self.work, self.now, self.now + _HOUR) if each.is_hard
        ]
        closed = {code for each in frozen for code in each.markets or script.MARKETS}
        return next((each for each in ("LS", *script.MARKETS) if each not in closed), "LS")

    def _unannounced(self) -> None:
        """Put something into the change log that nobody planned: a job raises it for review."""
        entry = LogEntry(
            at=self.now - 4 * _HOUR,
            source="pipeline",
            component="app-ke",
            market="KE",
            summary="app-ke 8.5.2 deployed to production",
        )
        record_change(self.work, entry)

    def _works_of_vendors(self) -> None:
        for day, code, title in (
            (1, "LS", "Mopane Networks: fibre ring, one path left"),
            (4, "CD", "Okapi Messaging: upgrade of the message centre"),
            (9, "KE", "Pangolin Storage: battery of array N1"),
        ):
            begins = self.night((code,), day)
            draft = WindowDraft(
                title=title,
                starts_at=begins,
                ends_at=begins + 3 * _HOUR,
                markets=[code],
                reference=f"notice {day}{code}",
            )
            set_window(self.work, draft)
