"""The terms that hold for a programme: its own values over the policy's."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from changes.policy import policy, programme_terms
from changes.programmes.models import Programme, SiteRollout
from changes.programmes.rules.terms import ExitTerms, ProgrammeTerms
from ssoc.core.work import Work


def terms_of(work: Work, programme: Programme | Mapping[str, Any] | None) -> ProgrammeTerms:
    """Return the terms of a programme, given as its row or as its own ``terms``.

    What no longer fits the policy, since that has changed, falls back to the policy alone:
    a page never fails for it. ``planning`` refuses what does not fit when it is written.
    """
    own = programme.terms if isinstance(programme, Programme) else programme
    found, faults = programme_terms(work.settings, own or {})
    return policy(work).programmes if faults else found


def exit_terms(work: Work, site_rollout_id: int) -> ExitTerms:
    """Return the exit rule that the programme of a site asks for; the policy's for no site."""
    own = work.session.scalar(
        select(Programme.terms)
        .join(SiteRollout, SiteRollout.programme_id == Programme.id)
        .where(SiteRollout.id == site_rollout_id)
    )
    return terms_of(work, own).exit
