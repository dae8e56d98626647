"""The terms that hold for a programme: its own values over the policy's."""

from collections.abc import Mapping
from typing import Any

from changes.policy import policy, programme_terms
from changes.programmes.models import Programme
from changes.programmes.rules.terms import ProgrammeTerms
from ssoc.core.work import Work


def terms_of(work: Work, programme: Programme | Mapping[str, Any] | None) -> ProgrammeTerms:
    """Return the terms of a programme, given as its row or as its own ``terms``.

    What no longer fits the policy, since that has changed, falls back to the policy alone:
    a page never fails for it. ``planning`` refuses what does not fit when it is written.
    """
    own = programme.terms if isinstance(programme, Programme) else programme
    found, faults = programme_terms(work.settings, own or {})
    return policy(work).programmes if faults else found
