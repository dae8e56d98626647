"""``ssoc user``, ``ssoc token`` and ``ssoc kiosk``: who may come in."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import click

from ssoc.accounts import actions, machines, queries, rules
from ssoc.accounts.actions import NewPerson
from ssoc.core.errors import BadInput
from ssoc.core.permissions import Role, TokenScope, operator
from ssoc.core.printing import as_json, emit, table
from ssoc.core.settings import duration, secret
from ssoc.core.work import Runtime

Obj = Callable[[], Runtime]
_market = click.option(
    "--market",
    "markets",
    multiple=True,
    metavar="CODE",
    help="Market such as KE, repeat for more; all if left out, or *.",
)
_password_file = click.option(
    "--password-file", type=click.Path(path_type=Path), help="File with the password; - is stdin."
)
_password_from = click.option(
    "--password-from", metavar="env:NAME", help="Variable or file:PATH with the password."
)


@click.group()
def user() -> None:
    """Keep the accounts of people."""


@user.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="Full name, shown beside the sign-in name.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE[:KE,TZ]",
    help=f"Role, in some markets or in all; repeat. Roles: {', '.join(Role)}.",
)
@click.option("--mail", default="", metavar="ADDRESS", help="Where mail reaches the person.")
@_password_file
@_password_from
@click.pass_obj
def add_user(
    obj: Obj,
    name: str,
    display_name: str,
    roles: Sequence[str],
    mail: str,
    password_file: Path | None,
    password_from: str | None,
) -> None:
    """Add a person who signs in as NAME; asks for the password unless it is given by reference."""
    grants = _grants(roles)
    password = _password(password_file, password_from)
    with obj().work(operator()) as work:
        actions.add_person(work, NewPerson(name, display_name, password, grants, mail))
    click.echo(f"{name} may sign in" + ("" if grants else ", but holds no role: give one"))


@user.command("list")
@as_json
@click.pass_obj
def list_users(obj: Obj, as_json: bool) -> None:
    """List everybody with their roles."""
    with obj().view(operator()) as work:
        found = queries.people(work)
    content = [
        {
            "name": each.name,
            "display_name": each.display_name,
            "roles": each.roles,
            "mail": each.mail,
            "second_factor": each.has_second_factor,
            "disabled_at": _iso(each.disabled_at),
            "last_sign_in": _iso(each.last_sign_in),
        }
        for each in found
    ]
    rows = [
        (
            each.name,
            "disabled" if each.disabled_at else "active",
            "yes" if each.has_second_factor else "no",
            _iso(each.last_sign_in) or "never",
            " ".join(each.roles) or "none",
        )
        for each in found
    ]
    emit(content, table(("NAME", "STATE", "2ND FACTOR", "LAST SIGN-IN", "ROLES"), rows), as_json)


@user.command("disable")
@click.argument("name")
@click.pass_obj
def disable_user(obj: Obj, name: str) -> None:
    """Shut NAME out at once; their sessions end."""
    with obj().work(operator()) as work:
        actions.disable(work, name)
    click.echo(f"{name} is shut out")


@user.command("enable")
@click.argument("name")
@click.pass_obj
def enable_user(obj: Obj, name: str) -> None:
    """Let a disabled NAME in again."""
    with obj().work(operator()) as work:
        actions.enable(work, name)
    click.echo(f"{name} may sign in again")


@user.command("roles")
@click.argument("name")
@click.argument("roles", nargs=-1, metavar="[ROLE[:KE,TZ]]...")
@click.pass_obj
def set_roles(obj: Obj, name: str, roles: Sequence[str]) -> None:
    """Give NAME exactly these ROLES; none at all closes every page to them."""
    grants = _grants(roles)
    with obj().work(operator()) as work:
        actions.set_roles(work, name, grants)
    click.echo(f"{name}: {' '.join(rules.show_roles(grants)) or 'no role'}")


@user.command("mail")
@click.argument("name")
@click.argument("address", default="")
@click.pass_obj
def set_mail(obj: Obj, name: str, address: str) -> None:
    """Send mail for NAME to ADDRESS; without one, none is sent."""
    with obj().work(operator()) as work:
        actions.set_mail(work, name, address)
    click.echo(f"{name}: {address.strip() or 'no mail'}")


@user.command("password")
@click.argument("name")
@click.option("--drop-second-factor", is_flag=True, help="For somebody who lost their device.")
@_password_file
@_password_from
@click.pass_obj
def reset_password(
    obj: Obj,
    name: str,
    drop_second_factor: bool,
    password_file: Path | None,
    password_from: str | None,
) -> None:
    """Set a new password for NAME; their sessions end."""
    password = _password(password_file, password_from)
    with obj().work(operator()) as work:
        actions.reset_password(work, name, password, drop_second_factor)
    click.echo(f"{name}: password set")


@click.group()
def token() -> None:
    """Keep the tokens of machines: senders of alerts, readers and writers of the API."""


@token.command("create")
@click.option("--name", required=True, help="Which machine it is; shown wherever it acts.")
@click.option("--scope", type=click.Choice([each.value for each in TokenScope]), required=True)
@_market
@click.option("--expires", metavar="90d", help="Ends after this time; never when left out.")
@as_json
@click.pass_obj
def create_token(
    obj: Obj, name: str, scope: str, markets: Sequence[str], expires: str | None, as_json: bool
) -> None:
    """Make a token and print it, alone: it is shown this once.

    It also serves as a PagerDuty routing key (32 characters).
    """
    lasts = _lasts(expires)
    with obj().work(operator()) as work:
        plain = machines.create_token(work, name, TokenScope(scope), markets, lasts)
    emit({"name": name, "scope": scope, "token": plain}, [plain], as_json)


@token.command("list")
@as_json
@click.pass_obj
def list_tokens(obj: Obj, as_json: bool) -> None:
    """List all tokens; none is shown itself."""
    runtime = obj()
    with runtime.view(operator()) as work:
        found, now = machines.tokens(work), work.now
    content = [{**asdict(each), "state": each.state(now)} for each in found]
    rows = [
        (
            each.name,
            each.state(now),
            each.scope,
            each.markets,
            _iso(each.expires_at) or "never",
            _iso(each.last_used_at) or "never",
        )
        for each in found
    ]
    head = ("NAME", "STATE", "SCOPE", "MARKETS", "EXPIRES", "LAST USED")
    emit(content, table(head, rows), as_json)


@token.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke_token(obj: Obj, name: str) -> None:
    """End the token NAME at once."""
    with obj().work(operator()) as work:
        machines.revoke_token(work, name)
    click.echo(f"{name} is revoked")


@click.group()
def kiosk() -> None:
    """Keep the links of wall screens: they see the wall, and nothing else."""


@kiosk.command("create")
@click.option("--name", required=True, help="Which screen it is.")
@_market
@as_json
@click.pass_obj
def create_kiosk(obj: Obj, name: str, markets: Sequence[str], as_json: bool) -> None:
    """Make a link and print it, alone: it is shown this once. Open it on the wall screen."""
    runtime = obj()
    with runtime.work(operator()) as work:
        plain = machines.create_kiosk(work, name, markets)
    web = runtime.settings.web
    link = f"{web.public_url.rstrip('/') or f'http://{web.listen}'}/kiosk/{plain}"
    emit({"name": name, "link": link}, [link], as_json)


@kiosk.command("list")
@as_json
@click.pass_obj
def list_kiosks(obj: Obj, as_json: bool) -> None:
    """List all kiosk links; none is shown itself."""
    with obj().view(operator()) as work:
        found = machines.kiosks(work)
    rows = [
        (
            each.name,
            "revoked" if each.revoked_at else "valid",
            each.markets,
            _iso(each.last_seen_at) or "never",
        )
        for each in found
    ]
    head = ("NAME", "STATE", "MARKETS", "LAST SEEN")
    emit([asdict(each) for each in found], table(head, rows), as_json)


@kiosk.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke_kiosk(obj: Obj, name: str) -> None:
    """End the kiosk link NAME; its screens say so at their next refresh."""
    with obj().work(operator()) as work:
        machines.revoke_kiosk(work, name)
    click.echo(f"{name} is revoked")


def _grants(roles: Sequence[str]) -> tuple[tuple[Role, str], ...]:
    try:
        return tuple(pair for each in roles for pair in rules.parse_role(each))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _lasts(expires: str | None) -> timedelta | None:
    if expires is None:
        return None
    try:
        return duration(expires)
    except ValueError as error:
        raise click.UsageError(f"--expires: {error}") from error


def _password(file: Path | None, reference: str | None) -> str:
    if file is not None and reference is not None:
        raise click.UsageError("give --password-file or --password-from, not both")
    if reference is not None:
        if not reference.startswith(("env:", "file:")):
            raise click.UsageError("--password-from: expected env:NAME or file:PATH")
        return secret(reference)
    if file is None:
        return _asked()
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}; name a file that holds the password") from error
    return text.rstrip("\r\n")


def _asked() -> str:
    """Return what is typed at the terminal; where there is none, say how else it is given."""
    if not has_terminal():
        raise BadInput(
            "there is no terminal to ask for the password at; give --password-file - and the "
            "password on standard input, --password-file FILE, or --password-from env:NAME"
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def has_terminal() -> bool:
    """Tell whether somebody can type at this process, whatever its standard input is."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
