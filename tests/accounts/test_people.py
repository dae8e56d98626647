"""Accounts of people: who may change what, and what ends a session."""

import pytest
from sqlalchemy import select

from ssoc.accounts import actions, queries
from ssoc.accounts.actions import NewPerson
from ssoc.accounts.signing_in import Attempt, sign_in
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound
from ssoc.core.events import EventRecord, verify
from ssoc.core.permissions import SYSTEM, Actor, Permission, Role, grants_of
from ssoc.core.work import Runtime
from tests.web.people import PASSWORD

ADMIN = Actor("admin", grants_of([(Role.ADMIN, "*")]))
ADMIN_KE = Actor("admin-ke", grants_of([(Role.ADMIN, "KE")]))
NEW = NewPerson("wairimu", "Wairimu Njoroge", "four unrelated words", ((Role.AUDITOR, "*"),))


def number_of(runtime: Runtime, name: str) -> int:
    with runtime.view(SYSTEM) as work:
        return queries.person(work, name).id


def events(runtime: Runtime, name: str) -> list[str]:
    with runtime.view(SYSTEM) as work:
        rows = select(EventRecord).where(
            EventRecord.subject == f"person:{name}", EventRecord.kind == "PersonChanged"
        )
        found = work.session.scalars(rows.order_by(EventRecord.id))
        return [f"{row.body['what']} by {row.by} {row.body['roles']}".strip() for row in found]


def test_a_life_of_an_account_is_on_the_audit_trail(peopled: Runtime) -> None:
    with peopled.work(ADMIN) as work:
        actions.add_person(work, NEW)
    with peopled.work(ADMIN) as work:
        actions.set_roles(work, "wairimu", [(Role.NOC_OPERATOR, "KE"), (Role.AUDITOR, "*")])
        actions.set_roles(work, "wairimu", [(Role.AUDITOR, "*"), (Role.NOC_OPERATOR, "KE")])
        actions.disable(work, "wairimu")
        actions.disable(work, "wairimu")
        actions.enable(work, "wairimu")
        actions.reset_password(work, "wairimu", "another four words", drop_second_factor=True)
    assert events(peopled, "wairimu") == [
        "added by admin auditor",
        "roles set by admin auditor noc_operator:KE",
        "disabled by admin",
        "enabled by admin",
        "password and second factor reset by admin",
    ]
    with peopled.view(SYSTEM) as work:
        assert verify(work.session).broken_at is None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda work: actions.add_person(work, NEW), id="add"),
        pytest.param(lambda work: actions.disable(work, "auditor"), id="disable"),
        pytest.param(lambda work: actions.enable(work, "auditor"), id="enable"),
        pytest.param(lambda work: actions.set_roles(work, "auditor", []), id="roles"),
        pytest.param(
            lambda work: actions.reset_password(work, "auditor", "another four words"), id="reset"
        ),
        pytest.param(queries.people, id="list"),
        pytest.param(lambda work: queries.person(work, "auditor"), id="read"),
    ],
)
@pytest.mark.parametrize(
    "actor",
    [ADMIN_KE, Actor("desk", grants_of([(Role.NOC_OPERATOR, "*")]))],
    ids=["an admin of one market", "an operator"],
)
def test_accounts_need_an_administrator_of_all_markets(
    peopled: Runtime, change: object, actor: Actor
) -> None:
    with pytest.raises(NotAllowed), peopled.work(actor) as work:
        change(work)  # type: ignore[operator]
    assert "wairimu" not in names(peopled)


def names(runtime: Runtime) -> set[str]:
    with runtime.view(SYSTEM) as work:
        return {each.name for each in queries.people(work)}


@pytest.mark.parametrize(
    ("new", "kind", "words"),
    [
        pytest.param(NewPerson("Bad Name", "", PASSWORD), BadInput, "name", id="name"),
        pytest.param(NewPerson("ok", "", "short"), BadInput, "too short", id="password"),
        pytest.param(NewPerson("auditor", "", PASSWORD), Conflict, "already", id="taken"),
        pytest.param(NewPerson("ok", "x" * 129, PASSWORD), BadInput, "full name", id="long"),
        pytest.param(NewPerson("ok", "a\x00b", PASSWORD), BadInput, "full name", id="NUL"),
        pytest.param(
            NewPerson("ok", "", PASSWORD, ((Role.AUDITOR, "Kenya"),)),
            BadInput,
            "market",
            id="market",
        ),
    ],
)
def test_bad_accounts_are_refused_whole(
    peopled: Runtime, new: NewPerson, kind: type[Exception], words: str
) -> None:
    before = names(peopled)
    with pytest.raises(kind, match=words), peopled.work(ADMIN) as work:
        actions.add_person(work, new)
    assert names(peopled) == before


def test_the_last_way_in_is_not_closed_from_inside(peopled: Runtime) -> None:
    with pytest.raises(NotAllowed, match="own account"), peopled.work(ADMIN) as work:
        actions.disable(work, "admin")
    with pytest.raises(NotAllowed, match="from yourself"), peopled.work(ADMIN) as work:
        actions.set_roles(work, "admin", [(Role.AUDITOR, "*")])
    with pytest.raises(NotFound), peopled.work(ADMIN) as work:
        actions.disable(work, "stranger")


def test_a_session_ends_with_password_disable_and_reset(peopled: Runtime) -> None:
    def holds(number: int, epoch: int) -> bool:
        with peopled.view(SYSTEM) as work:
            return queries.signed_in(work, number, epoch) is not None

    number = number_of(peopled, "auditor")
    assert holds(number, 0)
    with peopled.work(Actor("auditor")) as work:
        epoch = actions.change_password(work, number, PASSWORD, "another four words")
    assert [holds(number, 0), holds(number, epoch)] == [False, True]
    with peopled.work(ADMIN) as work:
        actions.reset_password(work, "auditor", "yet another four words")
    assert not holds(number, epoch)
    with peopled.work(ADMIN) as work:
        actions.disable(work, "auditor")
    assert not any(holds(number, each) for each in range(5))
    with peopled.work(ADMIN) as work:
        actions.enable(work, "auditor")
    assert not holds(number, epoch), "an old session does not come back to life"


def test_ones_own_password_needs_the_old_one(peopled: Runtime) -> None:
    number = number_of(peopled, "auditor")
    for old, new, words in (
        ("not it", "another four words", "present password"),
        (PASSWORD, "short", "too short"),
    ):
        with pytest.raises(BadInput, match=words), peopled.work(Actor("auditor")) as work:
            actions.change_password(work, number, old, new)
    with pytest.raises(NotAllowed), peopled.work(Actor("noc-operator")) as work:
        actions.change_password(work, number, PASSWORD, "another four words")
    assert sign_in(peopled, Attempt("auditor", PASSWORD, "", "x")).name == "auditor"


def test_roles_become_grants_in_their_markets_alone(peopled: Runtime) -> None:
    with peopled.view(SYSTEM) as work:
        actor = queries.person(work, "desk-ke").actor
    assert actor.may(Permission.INCIDENT_WORK, "KE")
    assert not actor.may(Permission.INCIDENT_WORK, "TZ")
    assert actor.markets(Permission.INCIDENT_SEE) == {"KE"}


@pytest.mark.parametrize("wanted", [{"theme": "pink"}, {"colour": "red"}, {"keys": "yes"}])
def test_only_known_preferences_are_kept(peopled: Runtime, wanted: dict[str, object]) -> None:
    number = number_of(peopled, "auditor")
    with pytest.raises(BadInput), peopled.work(Actor("auditor")) as work:
        actions.set_preferences(work, number, wanted)


def test_a_refusal_can_name_who_may(peopled: Runtime) -> None:
    with peopled.view(SYSTEM) as work:
        found = queries.names_by_role(work, Permission.INCIDENT_PRIORITISE, "MZ")
    assert found == ["incident-manager", "operations-lead"]
