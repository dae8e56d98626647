"""Furnish a demo installation: its estate, people, past and wall link."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import click

from ssoc import modules
from ssoc.accounts import actions as accounts
from ssoc.accounts import machines
from ssoc.accounts import queries as account_queries
from ssoc.core.permissions import EVERYWHERE, Role, operator
from ssoc.core.work import Runtime
from ssoc.demo.folder import ESTATE_FILE
from ssoc.demo.history import remember
from ssoc.estate import actions
from ssoc.estate.reader import read

SIGN_IN = "sign-in.txt"
LINK = "wall-link.txt"

PEOPLE: Mapping[str, tuple[str, Role, str]] = {
    "amina": ("Amina Otieno", Role.NOC_OPERATOR, EVERYWHERE),
    "juma": ("Juma Mrisho", Role.NOC_OPERATOR, "TZ"),
    "thandi": ("Thandi Nkosi", Role.INCIDENT_MANAGER, EVERYWHERE),
    "carlos": ("Carlos Macamo", Role.CHANGE_MANAGER, EVERYWHERE),
    "chantal": ("Chantal Ilunga", Role.CAPACITY_PLANNER, EVERYWHERE),
    "kofi": ("Kofi Mensah", Role.VENDOR_MANAGER, EVERYWHERE),
    "palesa": ("Palesa Mokoena", Role.QUALITY_LEAD, EVERYWHERE),
    "layla": ("Layla Hassan", Role.PRODUCT_OWNER, "EG"),
    "wanjiru": ("Wanjiru Kamau", Role.EXECUTIVE, EVERYWHERE),
    "selam": ("Selam Bekele", Role.AUDITOR, EVERYWHERE),
    "omondi": ("Peter Omondi", Role.OPERATIONS_LEAD, EVERYWHERE),
    "grace": ("Grace Lekhanya", Role.OPERATIONS_LEAD, EVERYWHERE),
    "adwoa": ("Adwoa Boateng", Role.SECURITY_LEAD, EVERYWHERE),
    "zuri": ("Zuri Mwangi", Role.PRODUCT_OWNER, EVERYWHERE),
    "tesfaye": ("Tesfaye Alemu", Role.NOC_OPERATOR, EVERYWHERE),
    "abena": ("Abena Asante", Role.SITE_TEAM, "GH"),
    "admin": ("Administrator", Role.ADMIN, EVERYWHERE),
}


def furnish(runtime: Runtime) -> None:
    """Load estate, people and history; say where to click."""
    folder = Path(runtime.settings.estate.files[0]).parent
    described = read([folder / ESTATE_FILE])
    with runtime.work(operator()) as work:
        actions.replace(work, described.items())
    password = _people(runtime, folder / SIGN_IN)
    link = _wall_link(runtime, folder / LINK)
    remember(runtime)
    for module in modules.load():
        for past in module.history:
            past(runtime)
    _tell(runtime.settings.web.listen, password, link)


def _people(runtime: Runtime, kept: Path) -> str:
    """Make people of every role, all with one password made up for this installation.

    An installation of an earlier version gets those it lacks; those it has are left alone.
    """
    is_new = not kept.exists()
    password = (
        "-".join(secrets.token_hex(2) for _ in range(4))
        if is_new
        else kept.read_text(encoding="utf-8").strip()
    )
    with runtime.work(operator()) as work:
        known = {each.name for each in account_queries.people(work)}
        for name, (display, role, market) in PEOPLE.items():
            if name not in known:
                new = accounts.NewPerson(name, display, password, ((role, market),))
                accounts.add_person(work, new)
            elif is_new:
                accounts.reset_password(work, name, password)
    if is_new:
        _keep(kept, password)
    return password


def _wall_link(runtime: Runtime, kept: Path) -> str:
    if kept.exists():
        return kept.read_text(encoding="utf-8").strip()
    with runtime.work(operator()) as work:
        token = machines.create_kiosk(work, f"demo-wall-{secrets.token_hex(2)}")
    _keep(kept, token)
    return token


def _keep(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _tell(listen: str, password: str, link: str) -> None:
    base = f"http://{listen}"
    first, *others = _names()
    for line in (
        "",
        "The demo estate is starting: eight countries, played by a simulator on this machine.",
        f"  wall screen   {base}/kiosk/{link}",
        f"  console       {base}/",
        f"  sign in as    {first}",
        *(f"                {each}" for each in others),
        f"  password      {password}   (the same for all of them, made up for this folder)",
        "Within two minutes a database shared by three countries fails: watch the wall.",
        "Break something yourself: ssoc demo fault KE core-db --for 5m   (ssoc demo menu)",
        "Other commands in this folder talk to the demo too: ssoc doctor, ssoc token create …",
        "",
    ):
        click.echo(line)


def _names() -> list[str]:
    """Return who may sign in, a line each: the name, the role, and where it is not everywhere."""
    return [
        f"{name:<9} {role.replace('_', ' ')}{'' if market == EVERYWHERE else f', {market} alone'}"
        for name, (_, role, market) in PEOPLE.items()
    ]
