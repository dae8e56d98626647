"""Signing in: throttled, constant, recorded, with a second factor that is good once."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from ssoc.accounts import actions, passwords, queries, signing_in
from ssoc.accounts.keys import totp_secret
from ssoc.accounts.models import Person, SignInFailure
from ssoc.accounts.signing_in import Attempt, Welcome, sign_in
from ssoc.core.clock import FrozenClock
from ssoc.core.errors import BadInput, NotSignedIn, TooMany
from ssoc.core.events import EventRecord
from ssoc.core.permissions import SYSTEM, Actor
from ssoc.core.work import Runtime
from tests.web.people import PASSWORD

NONCE = "0123456789abcdef" * 2


def attempt(
    name: str = "admin", password: str = PASSWORD, code: str = "", address: str = "10.0.0.1"
) -> Attempt:
    return Attempt(name, password, code, address)


def fail(runtime: Runtime, times: int, **given: str) -> None:
    for _ in range(times):
        with pytest.raises(NotSignedIn):
            sign_in(runtime, attempt(**{"password": "wrong", **given}))


def sign_ins(runtime: Runtime) -> list[dict[str, object]]:
    with runtime.view(SYSTEM) as work:
        rows = select(EventRecord.body).where(EventRecord.kind == "SignedIn")
        return list(work.session.scalars(rows.order_by(EventRecord.id)))


def enrol(runtime: Runtime) -> pyotp.TOTP:
    secret = totp_secret("env:SSOC_TEST_KEY", "admin", NONCE)
    with runtime.work(SYSTEM) as work:
        person = work.session.scalar(select(Person).where(Person.name == "admin"))
        assert person is not None
        person.totp_nonce, person.totp_last_step = NONCE, 0
    return pyotp.TOTP(secret)


def test_the_right_password_opens_and_is_recorded(peopled: Runtime) -> None:
    welcome = sign_in(peopled, attempt(name="  Admin "))
    assert (welcome.name, welcome.epoch) == ("admin", 0)
    assert sign_ins(peopled) == [{"name": "admin", "address": "10.0.0.1", "locked_out": False}]
    with peopled.view(SYSTEM) as work:
        by = select(EventRecord.by).where(EventRecord.kind == "SignedIn")
        assert work.session.scalars(by).all() == ["admin"]


@pytest.mark.parametrize(
    ("name", "password"),
    [
        pytest.param("admin", "wrong", id="a wrong password"),
        pytest.param("stranger", PASSWORD, id="a name nobody has"),
        pytest.param("admin", PASSWORD + "x" * 300, id="a longer one than any"),
        pytest.param("admin", "", id="none at all"),
        pytest.param("adm\x00in", "\x00", id="unprintable signs"),
    ],
)
def test_refusals_do_not_tell_which_part_is_wrong(
    peopled: Runtime, name: str, password: str
) -> None:
    with pytest.raises(NotSignedIn, match=r"name or password is wrong; 4 more before a pause"):
        sign_in(peopled, attempt(name.replace("\x00", ""), password.replace("\x00", "")))


def test_unknown_names_cost_as_much_as_known_ones(
    peopled: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str | None] = []

    def watch(kept: str | None, password: str) -> bool:
        checked.append(kept)
        return passwords.is_right(kept, password)

    monkeypatch.setattr(signing_in, "is_right", watch)
    fail(peopled, 1, name="stranger")
    fail(peopled, 1)
    assert checked[0] is None
    assert checked[1] is not None
    assert passwords._HASHER.verify(passwords.hash_of("x"), "x")
    assert passwords._NOBODY.split("$")[:4] == passwords.hash_of("x").split("$")[:4]


def test_a_disabled_person_stays_out(peopled: Runtime) -> None:
    with peopled.work(SYSTEM) as work:
        actions.disable(work, "auditor")
    with pytest.raises(NotSignedIn):
        sign_in(peopled, attempt("auditor"))


def test_five_wrong_tries_cost_a_pause_even_for_the_right_password(
    peopled: Runtime, clock: FrozenClock
) -> None:
    fail(peopled, 5)
    with pytest.raises(TooMany, match="counts in 5 min"):
        sign_in(peopled, attempt())
    clock.advance(timedelta(minutes=4, seconds=1))
    with pytest.raises(TooMany, match="counts in 1 min"):
        sign_in(peopled, attempt(address="10.9.9.9"))
    clock.advance(timedelta(minutes=1))
    assert isinstance(sign_in(peopled, attempt()), Welcome)
    assert [each["locked_out"] for each in sign_ins(peopled)] == [True, False]


def test_one_address_that_guesses_many_names_waits(peopled: Runtime) -> None:
    for number in range(25):
        fail(peopled, 1, name=f"guess-{number}")
    with pytest.raises(TooMany):
        sign_in(peopled, attempt())
    assert isinstance(sign_in(peopled, attempt(address="10.0.0.2")), Welcome)


def test_success_forgets_the_wrong_tries_from_the_same_place(peopled: Runtime) -> None:
    fail(peopled, 4)
    sign_in(peopled, attempt())
    fail(peopled, 4)
    sign_in(peopled, attempt())


def test_many_guesses_at_once_are_no_way_around_the_pause(
    peopled: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(kept: str | None, password: str) -> bool:
        with peopled.work(SYSTEM) as work:
            for _ in range(5):
                work.session.add(SignInFailure(name="admin", address="10.0.0.7", at=work.now))
        return True

    monkeypatch.setattr(signing_in, "is_right", meanwhile)
    with pytest.raises(TooMany):
        sign_in(peopled, attempt())


def test_old_failures_are_forgotten(peopled: Runtime, clock: FrozenClock) -> None:
    fail(peopled, 3)
    clock.advance(timedelta(days=2))
    fail(peopled, 1)
    with peopled.view(SYSTEM) as work:
        assert work.session.scalar(select(func.count()).select_from(SignInFailure)) == 1


def test_the_second_factor_is_asked_for_and_good_once(peopled: Runtime, clock: FrozenClock) -> None:
    device = enrol(peopled)
    with pytest.raises(NotSignedIn, match="password or code"):
        sign_in(peopled, attempt())
    code = device.at(clock.now())
    assert sign_in(peopled, attempt(code=f"{code[:3]} {code[3:]}")).name == "admin"
    with pytest.raises(NotSignedIn):
        sign_in(peopled, attempt(code=code))
    clock.advance(timedelta(seconds=30))
    assert sign_in(peopled, attempt(code=device.at(clock.now()))).name == "admin"


@pytest.mark.parametrize(
    ("seconds", "is_good"),
    [(-60, False), (-30, True), (0, True), (30, True), (60, False)],
)
def test_a_device_may_be_half_a_minute_off(
    peopled: Runtime, clock: FrozenClock, seconds: int, is_good: bool
) -> None:
    device = enrol(peopled)
    code = device.at(clock.now() + timedelta(seconds=seconds))
    if is_good:
        assert sign_in(peopled, attempt(code=code)).name == "admin"
    else:
        with pytest.raises(NotSignedIn):
            sign_in(peopled, attempt(code=code))


def test_enrolment_is_kept_only_once_a_code_was_shown(peopled: Runtime, clock: FrozenClock) -> None:
    me = Actor("admin")
    with peopled.view(SYSTEM) as work:
        number = queries.person(work, "admin").id
    with pytest.raises(BadInput, match="code is wrong"), peopled.work(me) as work:
        actions.confirm_totp(work, number, NONCE, "000000")
    with pytest.raises(BadInput, match="begin it again"), peopled.work(me) as work:
        actions.confirm_totp(work, number, "", "000000")
    device = pyotp.TOTP(totp_secret("env:SSOC_TEST_KEY", "admin", NONCE))
    with peopled.work(me) as work:
        actions.confirm_totp(work, number, NONCE, device.at(clock.now()))
    with pytest.raises(NotSignedIn):
        sign_in(peopled, attempt(code=device.at(clock.now())))
    with pytest.raises(BadInput, match="present password"), peopled.work(me) as work:
        actions.remove_totp(work, number, "not it")
    with peopled.work(me) as work:
        actions.remove_totp(work, number, PASSWORD)
    assert sign_in(peopled, attempt()).name == "admin"


def test_nothing_in_the_database_gives_the_second_factor_away(peopled: Runtime) -> None:
    device = enrol(peopled)
    with peopled.view(SYSTEM) as work:
        person = work.session.scalar(select(Person).where(Person.name == "admin"))
        assert person is not None
        row = {column.key: getattr(person, column.key) for column in Person.__table__.columns}
    assert device.secret not in str(row)
    assert PASSWORD not in str(row)
