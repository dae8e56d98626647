"""What administrators do to accounts, and people to their own. Every change is an event."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from ssoc.accounts import rules
from ssoc.accounts.keys import totp_secret
from ssoc.accounts.known import require_known
from ssoc.accounts.models import Person, RoleGrant, SignInFailure
from ssoc.accounts.passwords import hash_of, is_right
from ssoc.accounts.signing_in import matching_step
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.permissions import EVERYWHERE, Permission, Role
from ssoc.core.vocabulary import PersonChanged
from ssoc.core.work import Work

Grants = Iterable[tuple[Role, str]]
THEMES = ("light", "dark")
LANGUAGES = ("en",)


@dataclass(frozen=True)
class NewPerson:
    """An account to be made."""

    name: str
    display_name: str
    password: str
    roles: tuple[tuple[Role, str], ...] = ()
    mail: str = ""


def add_person(work: Work, new: NewPerson) -> int:
    """Make an account and return its id."""
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    display = _display_name(new.display_name or new.name)
    if fault := rules.name_fault(new.name) or rules.password_fault(new.name, new.password):
        raise BadInput(f"{fault}; nothing was changed")
    mail = _mail(new.mail)
    if work.session.scalar(select(Person.id).where(Person.name == new.name)) is not None:
        raise Conflict(f"there is already a person named {new.name}; choose another name")
    person = Person(
        name=new.name,
        display_name=display,
        mail=mail,
        password_hash=hash_of(new.password),
        preferences={},
        added_at=work.now,
        grants=_grants(work, new.roles),
    )
    work.session.add(person)
    work.session.flush()
    work.record(PersonChanged(person.name, "added", _words(new.roles)))
    return person.id


def disable(work: Work, name: str) -> None:
    """Shut somebody out at once; their sessions end with the next request."""
    person = _administered(work, name)
    if person.name == work.actor.name:
        raise NotAllowed("you may not disable your own account; another administrator can")
    if person.disabled_at is None:
        person.disabled_at, person.session_epoch = work.now, person.session_epoch + 1
        work.record(PersonChanged(name, "disabled"))


def enable(work: Work, name: str) -> None:
    """Let a disabled person in again."""
    person = _administered(work, name)
    if person.disabled_at is not None:
        person.disabled_at = None
        work.record(PersonChanged(name, "enabled"))


def set_roles(work: Work, name: str, roles: Grants) -> None:
    """Give somebody exactly these roles."""
    person, wanted = _administered(work, name), sorted(set(roles))
    held = {(grant.role, grant.market) for grant in person.grants}
    keeps = (Role.ADMIN, EVERYWHERE)
    if person.name == work.actor.name and keeps in held and keeps not in wanted:
        raise NotAllowed("you may not take the role admin from yourself; another administrator can")
    if held == set(wanted):
        return
    person.grants.clear()
    work.session.flush()  # the old rows go before the new ones come: the pair is unique
    person.grants.extend(_grants(work, wanted))
    work.record(PersonChanged(name, "roles set", _words(wanted)))


def set_mail(work: Work, name: str, mail: str) -> None:
    """Say where mail reaches somebody; an empty address ends it."""
    person, wanted = _administered(work, name), _mail(mail)
    if person.mail != wanted:
        person.mail = wanted
        work.record(PersonChanged(name, "mail address set" if wanted else "mail address removed"))


def reset_password(work: Work, name: str, password: str, drop_second_factor: bool = False) -> None:
    """Set a password for somebody else; their sessions end, and a pause after wrong tries too."""
    person = _administered(work, name)
    if fault := rules.password_fault(person.name, password):
        raise BadInput(f"{fault}; nothing was changed")
    _set_password(person, password)
    if drop_second_factor:
        person.totp_nonce = person.totp_last_step = None
    work.session.execute(delete(SignInFailure).where(SignInFailure.name == name))
    what = "password and second factor reset" if drop_second_factor else "password reset"
    work.record(PersonChanged(name, what))


def change_password(work: Work, person_id: int, old: str, new: str) -> int:
    """Change one's own password, knowing the old one; return the epoch of the new session."""
    person = _own(work, person_id)
    if fault := rules.password_fault(person.name, new):
        raise BadInput(f"{fault}; the old password stays")
    _require_password(person, old)
    _set_password(person, new)
    work.record(PersonChanged(person.name, "password changed"))
    return person.session_epoch


def new_totp_nonce() -> str:
    """Return what a new second factor is derived from; kept only once it is confirmed."""
    return secrets.token_hex(16)


def confirm_totp(work: Work, person_id: int, nonce: str, code: str) -> None:
    """Turn the second factor on, once the person's device shows the right code."""
    person = _own(work, person_id)
    if not re.fullmatch(r"[0-9a-f]{32}", nonce):
        raise BadInput("the enrolment has run out; begin it again")
    step = matching_step(totp_secret(work.settings.web.secret, person.name, nonce), code, work.now)
    if step is None:
        raise BadInput("the code is wrong; wait for the next one, and check the device's clock")
    person.totp_nonce, person.totp_last_step = nonce, step
    work.record(PersonChanged(person.name, "second factor on"))


def remove_totp(work: Work, person_id: int, password: str) -> None:
    """Turn one's own second factor off, knowing the password."""
    person = _own(work, person_id)
    _require_password(person, password)
    if person.totp_nonce is not None:
        person.totp_nonce = person.totp_last_step = None
        work.record(PersonChanged(person.name, "second factor off"))


def set_preferences(work: Work, person_id: int, wanted: Mapping[str, object]) -> None:
    """Keep how somebody likes their screens: theme, language, keys, sound."""
    person = _own(work, person_id)
    known = {"theme": THEMES, "language": LANGUAGES, "keys": (True, False), "sound": (True, False)}
    for name, value in wanted.items():
        if value not in known.get(name, ()):
            raise BadInput(f"{str(value)[:32]!r} is no choice for {name[:32]}; nothing was changed")
    person.preferences = {**person.preferences, **wanted}


def _administered(work: Work, name: str) -> Person:
    work.require(Permission.ACCOUNT_ADMIN, EVERYWHERE)
    person = work.session.scalar(select(Person).where(Person.name == name).with_for_update())
    if person is None:
        raise NotFound(f"there is no person named {name[:64]}")
    return person


def _own(work: Work, person_id: int) -> Person:
    person = work.get(Person, person_id)
    if person.name != work.actor.name or person.disabled_at is not None:
        raise NotAllowed("only the person may change this; nothing was changed")
    return person


def _require_password(person: Person, password: str) -> None:
    if not is_right(person.password_hash, password[: rules.MOST_PASSWORD]):
        raise BadInput("the present password is wrong; nothing was changed")


def _set_password(person: Person, password: str) -> None:
    person.password_hash = hash_of(password)
    person.session_epoch += 1


def _display_name(text: str) -> str:
    shown = " ".join(text.split())
    if not shown.isprintable() or len(shown) > 128:  # noqa: PLR2004 (the column's width)
        raise BadInput("the full name is too long or holds unprintable signs: 128 at most")
    return shown


def _mail(text: str) -> str:
    address = text.strip()
    if fault := rules.mail_fault(address):
        raise BadInput(f"{fault}; nothing was changed")
    return address


def _grants(work: Work, roles: Grants) -> list[RoleGrant]:
    wanted = sorted(set(roles))
    require_known(work, [market for _, market in wanted])
    return [RoleGrant(role=role, market=market) for role, market in wanted]


def _words(roles: Grants) -> str:
    return " ".join(rules.show_roles(roles))
