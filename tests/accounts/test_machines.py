"""API tokens and kiosk links: shown once, scoped, revocable."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ssoc.accounts import machines, queries
from ssoc.accounts.models import ApiToken, KioskLink
from ssoc.accounts.tokens import hash_of
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn
from ssoc.core.events import EventRecord
from ssoc.core.permissions import ANONYMOUS, SYSTEM, Actor, ActorKind, Permission, TokenScope
from ssoc.core.work import Runtime


def make(
    runtime: Runtime,
    name: str = "prometheus-ke",
    scope: TokenScope = TokenScope.INGEST,
    markets: tuple[str, ...] = ("KE",),
    lasts: timedelta | None = None,
) -> str:
    with runtime.work(SYSTEM) as work:
        return machines.create_token(work, name, scope, markets, lasts)


def actor_of(runtime: Runtime, plain: str) -> Actor:
    with runtime.view(ANONYMOUS) as work:
        return queries.token_actor(work, plain)


def test_a_token_is_shown_once_and_kept_as_a_hash(runtime: Runtime) -> None:
    plain = make(runtime)
    assert len(plain) == 32
    assert set(plain) <= set("0123456789abcdef")
    with runtime.view(SYSTEM) as work:
        row = work.session.scalars(select(ApiToken)).one()
        kept = [getattr(row, column.key) for column in ApiToken.__table__.columns]
        told = [str(each.body) for each in work.session.scalars(select(EventRecord))]
        shown = str(machines.tokens(work))
    assert plain not in f"{kept} {told} {shown}"
    assert row.hash == hash_of(plain)


def test_a_token_acts_in_its_scope_and_markets(runtime: Runtime) -> None:
    actor = actor_of(runtime, make(runtime, markets=("KE", "tz")))
    assert (actor.name, actor.kind) == ("token:prometheus-ke", ActorKind.TOKEN)
    assert actor.markets(Permission.ALERT_INGEST) == {"KE", "TZ"}
    assert not actor.may(Permission.INCIDENT_WORK, "KE")
    reader = actor_of(runtime, make(runtime, "reader", TokenScope.READ, ()))
    assert reader.may(Permission.INCIDENT_SEE, "MZ")
    assert not reader.may(Permission.INCIDENT_WORK, "MZ")
    writer = actor_of(runtime, make(runtime, "writer", TokenScope.WRITE, ()))
    assert writer.may(Permission.INCIDENT_WORK, "MZ")
    assert not writer.may(Permission.ACCOUNT_ADMIN, "*")


def test_a_token_ends_by_its_date_or_by_hand(runtime: Runtime, clock: FrozenClock) -> None:
    short, gone = make(runtime, "short", lasts=timedelta(days=1)), make(runtime, "gone")
    clock.advance(timedelta(days=1, seconds=-1))
    assert actor_of(runtime, short)
    clock.advance(timedelta(seconds=1))
    with runtime.work(SYSTEM) as work:
        machines.revoke_token(work, "gone")
        machines.revoke_token(work, "gone")
    for plain in (short, gone, "f" * 32, "", "\ud800"):
        with pytest.raises(NotSignedIn):
            actor_of(runtime, plain)
    with runtime.view(SYSTEM) as work:
        states = {each.name: each.state(work.now) for each in machines.tokens(work)}
        kinds = [row.body["what"] for row in work.session.scalars(select(EventRecord))]
    assert states == {"short": "expired", "gone": "revoked"}
    assert kinds == ["token made", "token made", "token revoked"]


def test_use_is_noted_once_a_minute_at_most(runtime: Runtime, clock: FrozenClock) -> None:
    make(runtime)

    def touch() -> object:
        with runtime.work(ANONYMOUS) as work:
            machines.touch_token(work, "prometheus-ke")
        with runtime.view(SYSTEM) as work:
            return machines.tokens(work)[0].last_used_at

    first = touch()
    clock.advance(timedelta(seconds=59))
    assert touch() == first == clock.now() - timedelta(seconds=59)
    clock.advance(timedelta(seconds=1))
    assert touch() == clock.now()


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        pytest.param({"name": "Has Space"}, BadInput, id="name"),
        pytest.param({"markets": ("Kenya",)}, BadInput, id="market"),
        pytest.param(
            {"markets": tuple(f"{a}{b}" for a in "ABCDEFGHI" for b in "ABCDEFGHIJ")},
            BadInput,
            id="too many markets",
        ),
        pytest.param({"lasts": timedelta(0)}, BadInput, id="no time"),
        pytest.param({"lasts": timedelta(days=9999)}, BadInput, id="too long"),
        pytest.param({"name": "taken"}, Conflict, id="taken, though revoked"),
    ],
)
def test_bad_tokens_are_refused(
    runtime: Runtime, given: dict[str, object], kind: type[Exception]
) -> None:
    make(runtime, "taken")
    with runtime.work(SYSTEM) as work:
        machines.revoke_token(work, "taken")
    with pytest.raises(kind):
        make(runtime, **given)  # type: ignore[arg-type]


def test_a_kiosk_sees_its_markets_and_may_do_nothing(runtime: Runtime) -> None:
    with runtime.work(SYSTEM) as work:
        plain = machines.create_kiosk(work, "wall-east", ["KE", "TZ"])
    with runtime.view(ANONYMOUS) as work:
        actor = machines.kiosk_actor(work, hash_of(plain))
    assert actor.kind is ActorKind.KIOSK
    assert {held for held, _ in actor.grants} == machines.KIOSK_SEES
    assert actor.markets(Permission.INCIDENT_SEE) == {"KE", "TZ"}
    with runtime.work(SYSTEM) as work:
        row = work.session.scalars(select(KioskLink)).one()
        assert plain not in str([getattr(row, each.key) for each in KioskLink.__table__.columns])
        machines.touch_kiosk(work, hash_of(plain))
        machines.revoke_kiosk(work, "wall-east")
        assert machines.kiosks(work)[0].last_seen_at == work.now
    for kept in (hash_of(plain), "nonsense", plain):
        with pytest.raises(NotSignedIn), runtime.view(ANONYMOUS) as work:
            machines.kiosk_actor(work, kept)


def test_machines_are_kept_by_administrators_of_all_markets(runtime: Runtime) -> None:
    nobody = Actor("desk", frozenset({(Permission.ACCOUNT_ADMIN, "KE")}))
    for act in (
        lambda work: machines.create_token(work, "x", TokenScope.READ),
        lambda work: machines.revoke_token(work, "x"),
        machines.tokens,
        lambda work: machines.create_kiosk(work, "x"),
        lambda work: machines.revoke_kiosk(work, "x"),
        machines.kiosks,
    ):
        with pytest.raises(NotAllowed), runtime.work(nobody) as work:
            act(work)
    for revoke in (machines.revoke_token, machines.revoke_kiosk):
        with pytest.raises(NotFound), runtime.work(SYSTEM) as work:
            revoke(work, "x")
