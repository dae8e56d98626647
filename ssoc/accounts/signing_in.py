"""Sign people in: throttled by name and address, with an optional second factor.

The password is checked between two units of work, since it takes 20 ms on purpose and must
not hold the database's write lock meanwhile. The second unit looks again at what was counted,
so that many guesses at once are no way around the pause.
"""

import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, select

from ssoc.accounts import rules
from ssoc.accounts.keys import totp_secret
from ssoc.accounts.models import Person, SignInFailure
from ssoc.accounts.passwords import is_right
from ssoc.core.errors import NotSignedIn, SsocError, TooMany
from ssoc.core.permissions import ANONYMOUS, SYSTEM, Actor
from ssoc.core.vocabulary import SignedIn
from ssoc.core.work import Runtime, Work

STEP_SECONDS = 30
_FORGET = timedelta(days=1)


@dataclass(frozen=True)
class Attempt:
    """What somebody typed, and where they sit."""

    name: str
    password: str
    code: str
    address: str


@dataclass(frozen=True)
class Welcome:
    """Who was let in; ``epoch`` ends the session when the password changes."""

    person_id: int
    name: str
    epoch: int


def sign_in(runtime: Runtime, attempt: Attempt) -> Welcome:
    """Let somebody in, or raise NotSignedIn or TooMany; both tries and success are recorded."""
    attempt = Attempt(attempt.name.strip().lower()[:64], *_rest(attempt))
    with runtime.view(SYSTEM) as work:
        _require_no_pause(work, attempt)
        person = _person(work, attempt.name)
        kept = person.password_hash if person else None
    right = is_right(kept, attempt.password) and len(attempt.password) <= rules.MOST_PASSWORD
    who = Actor(attempt.name) if right else ANONYMOUS  # whom the audit trail names
    with runtime.work(who) as work:
        outcome = _settle(work, attempt, right)
    if isinstance(outcome, SsocError):
        raise outcome
    return outcome


def _rest(attempt: Attempt) -> tuple[str, str, str]:
    code = "".join(each for each in attempt.code if each.isdecimal())[:8]
    return attempt.password[: rules.MOST_PASSWORD + 1], code, attempt.address[:64]


def _person(work: Work, name: str, lock: bool = False) -> Person | None:
    asked = select(Person).where(Person.name == name, Person.disabled_at.is_(None))
    return work.session.scalar(asked.with_for_update() if lock else asked)


def _settle(work: Work, attempt: Attempt, right: bool) -> Welcome | SsocError:
    """Count the try or open the door; what is refused is returned, so that it is committed."""
    person = _person(work, attempt.name, lock=True)
    try:
        _require_no_pause(work, attempt)
    except TooMany as pause:
        return pause
    if not right or person is None or not _second_factor(work, person, attempt.code):
        return _count(work, attempt, needs_code=right and person is not None)
    work.session.execute(
        delete(SignInFailure).where(
            SignInFailure.name == attempt.name, SignInFailure.address == attempt.address
        )
    )
    work.record(SignedIn(person.name, attempt.address))
    return Welcome(person.id, person.name, person.session_epoch)


def _second_factor(work: Work, person: Person, code: str) -> bool:
    if person.totp_nonce is None:
        return True
    secret = totp_secret(work.settings.web.secret, person.name, person.totp_nonce)
    step = matching_step(secret, code, work.now)
    if step is None or step <= (person.totp_last_step or 0):
        return False
    person.totp_last_step = step
    return True


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, at most one step early or late; else None."""
    step, generator, found = int(now.timestamp()) // STEP_SECONDS, pyotp.TOTP(secret), None
    for candidate in (step - 1, step, step + 1):
        if hmac.compare_digest(generator.generate_otp(candidate), code):
            found = candidate
    return found


def _tries(work: Work, column: object, value: str) -> list[datetime]:
    since = work.now - rules.WINDOW
    asked = select(SignInFailure.at).where(column == value, SignInFailure.at > since)  # type: ignore[arg-type]
    return list(work.session.scalars(asked))


def _require_no_pause(work: Work, attempt: Attempt) -> None:
    by_name = _tries(work, SignInFailure.name, attempt.name)
    by_address = _tries(work, SignInFailure.address, attempt.address)
    until = rules.wait_until(by_name, by_address)
    if until is not None and until > work.now:
        minutes = math.ceil((until - work.now).total_seconds() / 60)
        raise TooMany(
            f"too many wrong tries; the next one counts in {minutes} min; "
            "an administrator can set a new password meanwhile"
        )


def _count(work: Work, attempt: Attempt, needs_code: bool) -> NotSignedIn:
    work.session.add(SignInFailure(name=attempt.name, address=attempt.address, at=work.now))
    work.session.execute(delete(SignInFailure).where(SignInFailure.at < work.now - _FORGET))
    work.session.flush()
    left = rules.tries_left(_tries(work, SignInFailure.name, attempt.name))
    if left == 0:
        work.record(SignedIn(attempt.name, attempt.address, locked_out=True))
    what = "name, password or code is wrong" if needs_code else "name or password is wrong"
    pause = int(rules.PAUSE.total_seconds() // 60)
    then = f"{left} more before a pause of {pause} min" if left else f"wait {pause} min"
    return NotSignedIn(f"{what}; {then}; an administrator can set a new password")
