"""One action on a change over the API: what it does, its fields, and what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ssoc.core.permissions import Permission
from ssoc.core.work import Work
from web.api.asked import Fields

Run = Callable[[Work, int, Fields], Any]


@dataclass(frozen=True)
class Act:
    """One action: what it does, its fields with their meaning, and an example body.

    ``is_settling``: doing it again leaves everything as it is.
    """

    does: str
    run: Run
    fields: Mapping[str, str] = field(default_factory=dict)
    example: Mapping[str, Any] = field(default_factory=dict)
    needs: Permission = Permission.CHANGE_PLAN
    is_settling: bool = False
