"""Read accounts: who is at the other end, and what administrators look at."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from ssoc.accounts.models import ApiToken, Person
from ssoc.accounts.rules import show_roles
from ssoc.accounts.tokens import hash_of
from ssoc.core.errors import NotFound, NotSignedIn
from ssoc.core.events import EventRecord
from ssoc.core.permissions import EVERYWHERE, SCOPES, Actor, ActorKind, Permission, Role, grants_of
from ssoc.core.vocabulary import SignedIn
from ssoc.core.work import Work


@dataclass(frozen=True)
class Account:
    """A person as screens show them."""

    id: int
    name: str
    display_name: str
    grants: Sequence[tuple[Role, str]]
    has_second_factor: bool
    added_at: datetime
    disabled_at: datetime | None = None
    preferences: Mapping[str, object] = field(default_factory=dict)
    last_sign_in: datetime | None = None
    mail: str = ""

    @property
    def roles(self) -> list[str]:
        """Return the roles as people write them."""
        return show_roles(self.grants)

    @property
    def actor(self) -> Actor:
        """Return the actor this person acts as."""
        return Actor(self.name, grants_of(self.grants))


def signed_in(work: Work, person_id: int, epoch: int) -> Account | None:
    """Return whose session this is; None when it has ended or the person is disabled."""
    person = work.session.get(Person, person_id)
    if person is None or person.disabled_at is not None or person.session_epoch != epoch:
        return None
    return _account(person)


def people(work: Work) -> list[Account]:
    """Return all accounts, by name, disabled ones last."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    found = work.session.scalars(
        select(Person).order_by(Person.disabled_at.is_not(None), Person.name)
    )
    last = _last_sign_ins(work)
    return [_account(each, last.get(each.name)) for each in found]


def person(work: Work, name: str) -> Account:
    """Return one account."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    found = work.session.scalar(select(Person).where(Person.name == name))
    if found is None:
        raise NotFound(f"there is no person named {name[:64]}")
    return _account(found, _last_sign_ins(work).get(name))


def active(work: Work, name: str) -> Account | None:
    """Return the account of a name; None for nobody, and for somebody who is disabled."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    found = work.session.scalar(select(Person).where(Person.name == name))
    return _account(found) if found is not None and found.disabled_at is None else None


def token_actor(work: Work, plain: str) -> Actor:
    """Return the machine that holds the token ``plain``; its name is ``token:<name>``.

    Raises:
        NotSignedIn: no such token, or it is revoked or past its date; which one is not said.

    """
    found = work.session.scalar(select(ApiToken).where(ApiToken.hash == hash_of(plain)))
    if found is None or found.revoked_at or (found.expires_at and found.expires_at <= work.now):
        raise NotSignedIn("the token is unknown, revoked or past its date; ask an admin for one")
    grants = frozenset(
        (permission, market)
        for market in found.markets.split(",")
        for permission in SCOPES[found.scope]
    )
    return Actor(f"token:{found.name}", grants, ActorKind.TOKEN)


def names_by_role(work: Work, permission: Permission, market: str) -> list[str]:
    """Return who could do what the actor may not: the cure named in a refusal."""
    everybody = work.session.scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name)
    )
    return [each.name for each in everybody if _account(each).actor.may(permission, market)]


def names_able(work: Work, permission: Permission, markets: Collection[str]) -> list[str]:
    """Return who could do something in all of some markets, by name; one statement for people."""
    wanted = markets or [EVERYWHERE]
    everybody = work.session.scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name)
    )
    found = [(each.name, _account(each).actor) for each in everybody]
    return [name for name, actor in found if all(actor.may(permission, m) for m in wanted)]


@dataclass(frozen=True)
class Holder:
    """Somebody who may sign in, with the roles held and where mail reaches them."""

    name: str
    display_name: str
    mail: str
    grants: Sequence[tuple[Role, str]]

    def markets_of(self, role: Role, among: Iterable[str]) -> tuple[str, ...]:
        """Return those of ``among`` in which ``role`` is held."""
        held = {market for each, market in self.grants if each == role}
        return tuple(code for code in among if code in held or EVERYWHERE in held)


def active_holders(work: Work) -> dict[str, Holder]:
    """Return everybody who may sign in, by name: who holds which role is no secret in the room."""
    everybody = work.session.scalars(
        select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name)
    )
    return {
        each.name: Holder(
            each.name,
            each.display_name,
            each.mail,
            tuple(sorted((grant.role, grant.market) for grant in each.grants)),
        )
        for each in everybody
    }


def names(work: Work) -> dict[str, str]:
    """Return who may sign in: display name by sign-in name, in the order of names."""
    everybody = select(Person.name, Person.display_name).where(Person.disabled_at.is_(None))
    return {name: shown for name, shown in work.session.execute(everybody.order_by(Person.name))}


def holders(work: Work, role: Role, market: str) -> list[Holder]:
    """Return who holds ``role`` in a market now, by name; disabled people hold none."""
    return [each for each in active_holders(work).values() if each.markets_of(role, [market])]


def count(work: Work) -> int:
    """Return how many accounts there are; 0 means that nobody can sign in yet."""
    return work.session.scalar(select(func.count()).select_from(Person)) or 0


def _last_sign_ins(work: Work) -> dict[str, datetime]:
    newest = (
        select(EventRecord.subject, func.max(EventRecord.at))
        .where(EventRecord.kind == SignedIn.__name__)
        .group_by(EventRecord.subject)
    )
    return {subject.partition(":")[2]: at for subject, at in work.session.execute(newest)}


def _account(person: Person, last_sign_in: datetime | None = None) -> Account:
    return Account(
        id=person.id,
        name=person.name,
        display_name=person.display_name,
        grants=tuple(sorted((grant.role, grant.market) for grant in person.grants)),
        has_second_factor=person.totp_nonce is not None,
        added_at=person.added_at,
        disabled_at=person.disabled_at,
        preferences=person.preferences,
        last_sign_in=last_sign_in,
        mail=person.mail,
    )
