"""What is written from the code itself: the commented settings file and generated pages."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from ssoc.core.settings import Settings, environment_name


def _toml(value: Any) -> str:  # noqa: ANN401 (any setting)
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case timedelta():
            return f'"{short(value)}"'
        case tuple():
            return "[" + ", ".join(f'"{each}"' for each in value) + "]"
        case _:
            return f'"{value}"'


def short(span: timedelta) -> str:
    """Return a duration as the settings write it: ``5m``, ``14d``, ``1h30m``."""
    seconds, parts = round(span.total_seconds()), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def settings_file() -> str:
    """Return ``ssoc.toml`` with every setting, its meaning and its default, commented out."""
    lines = [
        "# Settings of ssoc. Every line shows the default; take the # away to change it.",
        "# Secrets are references: env:NAME or file:PATH. A variable SSOC_<SECTION>_<NAME> in the",
        "# environment wins over this file.",
    ]
    default = Settings()
    for section in fields(Settings):
        table = getattr(default, section.name)
        if section.name == "folder":
            continue
        lines += ["", f"[{section.name}]  # {type(table).__doc__}"]
        for each in fields(table):
            lines.append(f"# {each.metadata['doc']}")
            lines.append(f"# {each.name} = {_toml(getattr(table, each.name))}")
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Return the reference of settings as Markdown."""
    lines = ["# Settings", "", "In `ssoc.toml`, or as a variable in the environment.", ""]
    default = Settings()
    for section in fields(Settings):
        table = getattr(default, section.name)
        if section.name == "folder":
            continue
        lines += [f"## [{section.name}]", "", f"{type(table).__doc__}", ""]
        lines += ["| setting | default | meaning | variable |", "| --- | --- | --- | --- |"]
        for each in fields(table):
            value, doc = _toml(getattr(table, each.name)), each.metadata["doc"]
            variable = environment_name(section.name, each.name)
            lines.append(f"| `{each.name}` | `{value}` | {doc} | `{variable}` |")
        lines.append("")
    return "\n".join(lines)
