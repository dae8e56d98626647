"""Write the reference pages that follow from the code; a test fails when one is stale.

Run it with ``make docs``.
"""

import inspect
import json
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from ssoc import modules, scheduler
from ssoc.cli import ssoc
from ssoc.commands.documents import settings_page, short
from ssoc.core.database import Base, make_engine
from ssoc.core.lifecycle import Lifecycle
from ssoc.core.permissions import ROLES, SCOPES, Permission, Role, TokenScope
from ssoc.core.vocabulary import DomainEvent
from web.app import create_app

FOLDER = Path(__file__).parent / "generated"
ROOMS = ("ssoc", "incidents", "changes", "capacity", "vendors", "improvement")
NOTE = "<!-- written by make docs from the code; edit the code instead -->\n\n"


def pages() -> Mapping[str, Callable[[], str]]:
    """Return what writes each generated page, by its file name."""
    return {
        "adapters.md": adapters_page,
        "api.md": api_page,
        "commands.md": commands_page,
        "events.md": events_page,
        "jobs.md": jobs_page,
        "lifecycles.md": lifecycles_page,
        "permissions.md": permissions_page,
        "settings.md": settings_page,
        "tables.md": tables_page,
    }


def commands_page() -> str:
    """Return every command with its help."""
    lines = ["# Commands", "", "Exit status: 0 done, 1 refused or failed, 2 wrong usage.", ""]
    for words, command in _commands("ssoc", ssoc):
        lines += [f"## {words}", "", "```text", _help(words, command), "```", ""]
    return "\n".join(lines)


def _help(words: str, command: click.Command) -> str:
    """Return the help as somebody reads it; click keeps the names of whoever asked first."""
    fresh = copy(command)
    fresh._help_option = None  # noqa: SLF001
    names = list(ssoc.context_settings["help_option_names"])
    context = click.Context(fresh, info_name=words, terminal_width=100, help_option_names=names)
    return fresh.get_help(context)


def _commands(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in sorted(command.list_commands(context)):
            if below := command.get_command(context, name):
                yield from _commands(f"{words} {name}", below)


def adapters_page() -> str:
    """Return the ways of asking and the settings of each."""
    from ssoc.monitoring.adapters import ADAPTERS

    lines = ["# Adapters", "", "What stands beside `adapter:` in a check of the estate.", ""]
    for name, adapter in sorted(ADAPTERS.items()):
        lines += [f"## {name}", "", _first(inspect.getmodule(adapter.poll)), ""]
        lines += ["| setting | meaning |", "| --- | --- |"]
        lines += [f"| `{key}` | {text} |" for key, text in adapter.settings.items()]
        lines.append("")
    return "\n".join(lines)


def api_page() -> str:
    """Return every action on an incident and on a change with its fields and an example."""
    from web.api.acting import ACTIONS
    from web.api.changes.acting import CHANGE_ACTIONS
    from web.api.programmes.decision_acts import CUT_OVER_ACTIONS, DECISION_ACTIONS
    from web.api.rollouts.acts import ROLLOUT_ACTIONS

    lines = ["# Actions on an incident over the API", ""]
    lines += [
        "`POST /api/v1/incidents/17/ACTION` with a JSON object. The answer is the incident as it "
        "stands then. Each asks for the same right as the button on its page, in every market of "
        "the incident. A field that is not listed is refused with 400, a move that its state does "
        "not allow with 409. With an `Idempotency-Key` a request that is sent again gets the "
        "first answer and does nothing more.",
        "",
    ]
    for name, act in ACTIONS.items():
        lines += _action_lines(name, act, "/api/v1/incidents/17")
    lines += ["# Actions on a change over the API", ""]
    lines += [
        "`POST /api/v1/changes/12/ACTION`, with the same rules; the answer is the whole change as "
        "it stands then. Reading and writing changes: [Changes](../changes.md).",
        "",
    ]
    for name, act in CHANGE_ACTIONS.items():
        lines += _action_lines(f"{name} (change)", act, "/api/v1/changes/12")
    lines += ["# Actions on a roll-out over the API", ""]
    lines += [
        "`POST /api/v1/roll-outs/3/ACTION`, with the same rules; the answer is the whole roll-out "
        "as it stands then. Planning them: [Roll-outs](../roll-outs.md).",
        "",
    ]
    for name, act in ROLLOUT_ACTIONS.items():
        lines += _action_lines(f"{name} (roll-out)", act, "/api/v1/roll-outs/3")
    lines += ["# Actions on a go/no-go and on a cut-over over the API", ""]
    lines += [
        "With the same rules; the answer is the whole meeting, or run sheet, as it stands then: "
        "[Go/no-go](../go-no-go.md), [Cut-over](../cut-over.md).",
        "",
    ]
    for name, act in DECISION_ACTIONS.items():
        lines += _action_lines(f"{name} (go/no-go)", act, "/api/v1/decisions/4")
    for name, act in CUT_OVER_ACTIONS.items():
        lines += _action_lines(f"{name} (cut-over)", act, "/api/v1/cut-overs/5")
    return "\n".join([*_address_lines(), *lines])


def _address_lines() -> list[str]:
    """Return every address of the API with what it does and the parameters it knows."""
    lines = ["# Every address of the API", ""]
    lines += [
        "Ask with `Authorization: Bearer TOKEN` (`ssoc token create`), or with a person's session. "
        "Parameters stand behind the `?` of the address; one that is not listed is refused. The "
        "doors for alerts and for the change log have their own pages: [alerts](../alerts.md), "
        "[change log](../change-log.md).",
        "",
        "| address | what it does | parameters |",
        "| --- | --- | --- |",
    ]
    engine = make_engine("sqlite:///never-opened.db")
    app = create_app(modules.wire(engine), key="for the docs only, forty characters long")
    engine.dispose()
    found = [
        (rule.rule, method, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.alerts_sent"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    for address, method, view in sorted(found, key=lambda each: each[:2]):
        named = re.sub(r"<(?:\w+:)?(\w+)>", lambda part: "{" + part[1] + "}", address)
        given = ", ".join(f"`{each}`" for each in _parameters(view)) or "none"
        lines.append(f"| `{method} {named}` | {_first(view)} | {given} |")
    return [*lines, ""]


def _parameters(view: Callable[..., Any]) -> list[str]:
    """Return the names that a view hands to ``asked.parameters``, where it calls it."""
    view = inspect.unwrap(view)
    call = re.search(r"asked\.parameters\(([^)]*)\)", inspect.getsource(view))
    names: list[str] = []
    for each in call[1].split(",") if call else []:
        text = each.strip()
        if text.startswith("*"):
            names += getattr(inspect.getmodule(view), text[1:])
        elif text:
            names.append(text.strip('"'))
    return names


def _action_lines(title: str, act: Any, address: str) -> list[str]:  # noqa: ANN401 (either Act)
    again = " Doing it again changes nothing." if act.is_settling else ""
    lines = [f"## {title}", "", f"{act.does}{again} Needs `{act.needs.value}`.", ""]
    if act.fields:
        lines += ["| field | meaning |", "| --- | --- |"]
        lines += [f"| `{key}` | {text} |" for key, text in act.fields.items()]
        lines.append("")
    body = json.dumps(dict(act.example), ensure_ascii=False)
    return [*lines, "```text", f"POST {address}/{title.partition(' ')[0]}", body, "```", ""]


def _first(thing: object) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


def events_page() -> str:
    """Return every domain event with its fields."""
    lines = ["# Events", "", "Each is a row of the audit trail; subscribers hear it.", ""]
    lines += ["| event | it tells | fields |", "| --- | --- | --- |"]
    for name, kind in sorted(DomainEvent.types.items()):
        names = ", ".join(f"`{each.name}`" for each in fields(kind))
        lines.append(f"| {name} | {_first(kind)} | {names} |")
    lines += ["", "## Subscribers", "", "| event | subscriber |", "| --- | --- |"]
    lines += sorted(
        f"| {each.kind.__name__} | `{each.name}` |"
        for module in modules.load()
        for each in module.subscriptions
    )
    return "\n".join(lines) + "\n"


def jobs_page() -> str:
    """Return what runs by the clock."""
    lines = ["# Jobs", "", "Run by the leading scheduler, one instance at a time.", ""]
    lines += ["| job | every | what it does |", "| --- | --- | --- |"]
    lines.append(
        f"| ssoc.core.deliver_events | {short(scheduler.DELIVERY)} "
        f"| {_first(scheduler.deliver_events)} |"
    )
    for module in modules.load():
        for job, every in module.jobs.items():
            lines.append(f"| {module.name}.{job.__name__} | {short(every)} | {_first(job)} |")
    return "\n".join(lines) + "\n"


def lifecycles() -> Iterator[tuple[str, Lifecycle]]:
    """Give every lifecycle of every room by name; the kernel's module holds the class itself."""
    for room in ROOMS:
        yield from _lifecycles_in(f"{room}.lifecycle", room)
    for room in ("changes", "ssoc"):
        for found in pkgutil.walk_packages(import_module(room).__path__, f"{room}."):
            known = found.name in {"changes.lifecycle", "ssoc.core.lifecycle"}
            if found.name.endswith(".lifecycle") and not known:
                yield from _lifecycles_in(found.name, found.name)


def _lifecycles_in(module: str, room: str) -> Iterator[tuple[str, Lifecycle]]:
    for name, value in vars(_module(module)).items():
        if isinstance(value, Lifecycle):
            yield f"{room}: {name.lower()}", value


def _module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return ModuleType(name)


def lifecycles_page() -> str:
    """Return every lifecycle as its table."""
    lines = ["# Lifecycles", "", "Whatever is not in a table is refused.", ""]
    for name, lifecycle in lifecycles():
        lines += [f"## {name}", "", f"Begins {lifecycle.start}.", ""]
        lines += ["| from | move | to |", "| --- | --- | --- |"]
        lines += [f"| {a} | {move} | {b} |" for (a, move), b in lifecycle.table.items()]
        lines.append("")
    return "\n".join(lines)


def permissions_page() -> str:
    """Return what each role and each token scope may do."""
    lines = ["# Permissions", "", "Each grant names a market, or all of them (`*`).", ""]
    lines += ["| permission | roles | token scopes |", "| --- | --- | --- |"]
    for permission in Permission:
        roles = ", ".join(role for role in Role if permission in ROLES[role]) or "–"
        scopes = ", ".join(scope for scope in TokenScope if permission in SCOPES[scope]) or "–"
        lines.append(f"| {permission} | {roles} | {scopes} |")
    return "\n".join(lines) + "\n"


def tables_page() -> str:
    """Return every table with its columns."""
    modules.load()
    lines = ["# Tables", ""]
    kinds = {each.local_table.name: each.class_ for each in Base.registry.mappers}
    for table in sorted(Base.metadata.tables.values(), key=lambda one: one.name):
        lines += [f"## {table.name}", "", _first(kinds[table.name]), ""]
        lines += ["| column | type | |", "| --- | --- | --- |"]
        for column in table.columns:
            note = "key" if column.primary_key else "" if column.nullable else "required"
            lines.append(f"| {column.name} | {column.type} | {note} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, write in pages().items():
        (FOLDER / file).write_text(NOTE + write(), encoding="utf-8")
