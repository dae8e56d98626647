"""The people of a change: written as their accounts are, and refused a duty without one."""

from changes.draft import BadDraft, Draft
from changes.names import Accounts
from changes.values import ChangeView
from ssoc.accounts import queries as account_queries
from ssoc.core.work import Work

DUTIES = ("implementer", "verifier")


def accounts(work: Work) -> Accounts:
    """Return who may sign in, to write and to check names of people by."""
    return Accounts(account_queries.names(work))


def refuse_strangers(work: Work, of: Draft | ChangeView, before: Draft | None = None) -> None:
    """Raise BadDraft for people with a duty and no account: nobody could be held to it.

    Who stood there ``before`` an edit is left alone.
    """
    named = {duty: getattr(of, duty) for duty in DUTIES}
    duties = {
        duty: name
        for duty, name in named.items()
        if before is None or name != getattr(before, duty)
    }
    if found := accounts(work).faults(duties):
        raise BadDraft(found)
