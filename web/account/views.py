"""Sign-in, sign-out, and what people decide about their own account."""

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from ssoc.accounts import actions, keys, machines
from ssoc.accounts.signing_in import Attempt, Welcome, sign_in
from ssoc.accounts.tokens import hash_of
from ssoc.core.errors import BadInput, NotSignedIn, TooMany
from ssoc.core.permissions import ANONYMOUS, ActorKind
from web import auth, errors, resending
from web.app import request_runtime, request_work

account = Blueprint("account", __name__, template_folder="templates")
_CODE = 8


@account.get("/sign-in", endpoint="sign_in")
@auth.public
def ask() -> ResponseReturnValue:
    """Ask who it is; somebody who is signed in goes on."""
    if g.actor.kind is ActorKind.PERSON:
        return redirect(_target(), code=303)
    return render_template("account/signin.html", target=_target(), name="", fault=None)


@account.post("/sign-in", endpoint="enter")
@auth.public
def enter() -> ResponseReturnValue:
    """Let somebody in, or say what is wrong and how many tries are left."""
    given = request.form
    attempt = Attempt(
        given.get("name", ""), given.get("password", ""), given.get("code", ""), auth.address()
    )
    runtime, kept = request_runtime(), resending.carried(given.get(resending.KEPT, ""))
    try:
        welcome = sign_in(runtime, attempt)
    except (NotSignedIn, TooMany) as error:
        page = render_template(
            "account/signin.html",
            target=_target(),
            name=attempt.name[:64],
            fault=str(error),
            kept=kept.kept if kept else "",
        )
        return page, error.status
    auth.begin_session(welcome, runtime.clock.now())
    if kept:
        auth.recognise()
        return errors.give_back(kept, 200, "You are signed in; this is what you had sent")
    return redirect(_target(), code=303)


def _target() -> str:
    return auth.local_target(request.values.get("next", ""), url_for("home"))


@account.post("/sign-out")
@auth.public
def sign_out() -> ResponseReturnValue:
    """Forget who was signed in here."""
    auth.end_session()
    return redirect(url_for(".sign_in"), code=303)


@account.get("/kiosk/<token>")
@auth.public
def kiosk(token: str) -> ResponseReturnValue:
    """Make this browser a wall screen; somebody who is signed in stays who they are."""
    kept = hash_of(token)
    with request_runtime().view(ANONYMOUS) as work:
        machines.kiosk_actor(work, kept)
    if g.actor.kind is not ActorKind.PERSON:
        auth.begin_kiosk_session(kept)
    return redirect(url_for("noc.wall"), code=303)


@account.get("/account")
def own() -> ResponseReturnValue:
    """Show one's own account."""
    return _page()


@account.post("/account/password")
def password() -> ResponseReturnValue:
    """Change one's own password; other sessions end, this one goes on."""
    form, person = request.form, _account_id()
    if form.get("new", "") != form.get("again", ""):
        return _page("password", "The two new passwords differ; the old password stays")
    try:
        with request_work() as work:
            epoch = actions.change_password(work, person, form.get("old", ""), form.get("new", ""))
            now = work.now
    except BadInput as error:
        return _page("password", str(error))
    auth.begin_session(Welcome(person, g.actor.name, epoch), now)
    flash("Password changed. Every other session of yours has ended.")
    return redirect(url_for(".own"), code=303)


@account.post("/account/second-factor")
def begin_second_factor() -> ResponseReturnValue:
    """Offer a new second factor; nothing is kept until a code of it was shown."""
    _account_id()
    session["totp_nonce"] = actions.new_totp_nonce()
    return redirect(url_for(".own", _anchor="second-factor"), code=303)


@account.post("/account/second-factor/confirm")
def confirm_second_factor() -> ResponseReturnValue:
    """Turn the second factor on."""
    code = "".join(each for each in request.form.get("code", "") if each.isdecimal())[:_CODE]
    try:
        with request_work() as work:
            actions.confirm_totp(work, _account_id(), session.get("totp_nonce", ""), code)
    except BadInput as error:
        return _page("second-factor", str(error))
    session.pop("totp_nonce", None)
    flash("Second factor is on. The next sign-in asks for a code.")
    return redirect(url_for(".own"), code=303)


@account.post("/account/second-factor/remove")
def remove_second_factor() -> ResponseReturnValue:
    """Turn the second factor off."""
    try:
        with request_work() as work:
            actions.remove_totp(work, _account_id(), request.form.get("password", ""))
    except BadInput as error:
        return _page("second-factor", str(error))
    flash("Second factor is off.")
    return redirect(url_for(".own"), code=303)


@account.post("/account/second-factor/cancel")
def cancel_second_factor() -> ResponseReturnValue:
    """Drop an enrolment that was begun."""
    session.pop("totp_nonce", None)
    return redirect(url_for(".own"), code=303)


@account.post("/account/preferences")
def preferences() -> ResponseReturnValue:
    """Keep how screens look and behave for this person."""
    form = request.form
    wanted = {
        "theme": form.get("theme", "light"),
        "language": form.get("language", "en"),
        "keys": "keys" in form,
        "sound": "sound" in form,
    }
    with request_work() as work:
        actions.set_preferences(work, _account_id(), wanted)
    flash("Saved.")
    return redirect(url_for(".own"), code=303)


def _account_id() -> int:
    if g.account is None:
        raise NotSignedIn("only people have such a page; sign in with a name and a password")
    number: int = g.account.id
    return number


def _page(section: str = "", fault: str = "") -> ResponseReturnValue:
    _account_id()
    secret = _offered_secret()
    page = render_template(
        "account/own.html",
        section=section,
        fault=fault,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        drawing=_drawing(secret),
        themes=actions.THEMES,
    )
    return page, BadInput.status if fault else 200


def _offered_secret() -> str:
    nonce = session.get("totp_nonce")
    if not nonce:
        return ""
    return keys.totp_secret(request_runtime().settings.web.secret, g.actor.name, str(nonce))


def _drawing(secret: str) -> str:
    """Return the enrolment as a picture that authenticators read, drawn inline."""
    if not secret:
        return ""
    import segno
    from pyotp import TOTP

    address = TOTP(secret).provisioning_uri(name=g.actor.name, issuer_name="ssoc")
    return segno.make(address, error="m").svg_inline(
        scale=4,
        svgclass="totp",
        lineclass=None,
        title="Code for your authenticator",
        border=4,
        dark="#000",
        light="#fff",
    )
