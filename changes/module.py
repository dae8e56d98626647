"""Front door of changes."""

from datetime import timedelta

from changes import approval_subscribers, demo, looks, subscribers, template_subscribers
from changes import models as models  # registers the tables
from changes.approval_jobs import JOBS as APPROVAL_JOBS
from changes.cause_jobs import rank_causes
from changes.features import wiring as features
from changes.freeze_jobs import JOBS as FREEZE_JOBS
from changes.gates import wiring as gates
from changes.outside_jobs import match_change_log
from changes.programmes import wiring as programmes
from changes.reconciliation import wiring as reconciliation
from changes.request_jobs import forget_attachments, judge_standing, recheck_scheduled, try_approved
from changes.rollouts import wiring as rollouts
from changes.run_jobs import JOBS as RUN_JOBS
from ssoc.core import vocabulary as words
from ssoc.core.module import Module
from ssoc.core.work import on

MODULE = Module(
    "changes",
    jobs={
        **APPROVAL_JOBS,
        **FREEZE_JOBS,
        **RUN_JOBS,
        **gates.JOBS,
        **rollouts.JOBS,
        **features.JOBS,
        **reconciliation.JOBS,
        **programmes.JOBS,
        recheck_scheduled: timedelta(minutes=5),
        try_approved: timedelta(minutes=1),
        judge_standing: timedelta(minutes=10),
        forget_attachments: timedelta(hours=1),
        rank_causes: timedelta(seconds=20),
        match_change_log: timedelta(seconds=15),
    },
    subscriptions=[
        on(words.ApprovalStageOpened, approval_subscribers.ask_by_mail),
        on(words.ApprovalEscalated, approval_subscribers.tell_escalation),
        on(words.ChangeEnded, template_subscribers.judge_ended),
        on(words.CauseJudged, template_subscribers.judge_caused),
        on(words.IncidentOpened, subscribers.rank_opened),
        on(words.IncidentRerooted, subscribers.rank_rerooted),
        on(words.IncidentSpread, subscribers.rank_spread),
        on(words.IncidentReopened, subscribers.rank_reopened),
        on(words.IncidentWorsened, subscribers.keep_worsened),
        on(words.IncidentPrioritised, subscribers.keep_prioritised),
        on(words.IncidentRecovered, subscribers.keep_recovered),
        on(words.IncidentUnwatched, subscribers.keep_unwatched),
        on(words.IncidentResolved, subscribers.keep_resolved),
        on(words.IncidentNested, subscribers.keep_nested),
        on(words.IncidentUnnested, subscribers.keep_unnested),
        on(words.ChangeEnded, subscribers.rank_after_change),
        *gates.SUBSCRIPTIONS,
        *rollouts.SUBSCRIPTIONS,
        *features.SUBSCRIPTIONS,
        *reconciliation.SUBSCRIPTIONS,
        *programmes.SUBSCRIPTIONS,
    ],
    history=[demo.remember, *rollouts.HISTORY, *features.HISTORY, *programmes.HISTORY],
    looks=[looks.attachment_store],
)
