"""How this house changes its platforms, as data: shipped files, an installation's own over them.

Each section is one YAML file beside this one, and one frozen dataclass. The file that the setting
``[changes] policy`` names has the sections as its top-level keys; what it says is laid over what
came along: mappings by key, lists and values replaced, ``null`` takes something out.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, get_type_hints

from changes.rules.approval_terms import Approvals
from changes.rules.collisions.terms import CollisionTerms
from changes.rules.computed_freezes import FreezePolicy
from changes.rules.durations import ExecutionPolicy
from changes.rules.gate_terms import GateTerms
from changes.rules.kinds import AttachmentPolicy
from changes.rules.outside import OutsidePolicy
from changes.rules.programme_terms import ProgrammeTerms
from changes.rules.review import ReviewPolicy
from changes.rules.risk import RiskTerms
from changes.rules.standing import TemplateTerms
from changes.rules.suspects import SuspectPolicy
from changes.rules.types import Types
from ssoc.core.errors import BadSettings
from ssoc.core.settings import Settings
from ssoc.core.work import Work
from ssoc.estate.tree import Place, Tree, read_tree
from ssoc.estate.typed_tree import merged, read_as

SHIPPED = Path(__file__).parent


@dataclass(frozen=True)
class Policy:
    """Every section; ``version`` is the start of the hash of all that they say."""

    version: str
    collisions: CollisionTerms
    risk: RiskTerms
    freezes: FreezePolicy
    approvals: Approvals
    types: Types
    attachments: AttachmentPolicy
    templates: TemplateTerms
    suspects: SuspectPolicy
    execution: ExecutionPolicy
    review: ReviewPolicy
    outside: OutsidePolicy
    programmes: ProgrammeTerms
    gates: GateTerms


def policy(work: Work) -> Policy:
    """Return the policy in force, or raise BadSettings that lists every fault of its files."""
    return policy_of(work.settings)


def policy_of(settings: Settings) -> Policy:
    """Return the policy that ``settings`` name; read again when the file has changed."""
    path = _named(settings)
    try:
        changed = path.stat().st_mtime_ns if path else 0
    except OSError:
        changed = 0
    return _cached(path, changed)


def _named(settings: Settings) -> Path | None:
    named = settings.changes.policy
    return Path(settings.folder) / named if named else None


@lru_cache(maxsize=8)
def _cached(path: Path | None, _changed: int) -> Policy:
    return read(path)


def read(path: Path | None = None) -> Policy:
    """Return the shipped policy with the file at ``path`` laid over it.

    Raises:
        BadSettings: every fault with its file, line and cure.

    """
    own = read_tree(path) if path else Tree("")
    known = [each.name for each in fields(Policy) if each.name != "version"]
    for name in own.content.keys() - set(known):
        own.fault((name,), f"{name} is no section of the policy; there are {', '.join(known)}")
    given: dict[str, Any] = {name: _section(name, own) for name in known}
    if own.faults:
        raise BadSettings("\n".join(sorted(own.faults)))
    text = json.dumps(
        {name: _content(name, own) for name in known}, sort_keys=True, ensure_ascii=False
    )
    return Policy(version=hashlib.sha256(text.encode()).hexdigest()[:8], **given)


def _content(name: str, own: Tree) -> dict[str, Any]:
    over = own.content.get(name, {})
    return merged(_shipped(name).content, over if isinstance(over, dict) else {})


def _section(name: str, own: Tree) -> Any:  # noqa: ANN401 (one of the section classes)
    """Return one section; faults of the shipped file name it, those of the own file their line."""
    over = own.content.get(name, {})
    if not isinstance(over, dict):
        own.fault((name,), f"expected a mapping, found {str(over)[:60]!r}")
        return None
    shipped = _shipped(name)
    own.faults += shipped.faults
    both = Tree(own.file if over else shipped.file)
    both.lines = {(name, *place): line for place, line in shipped.lines.items()}
    both.lines |= {place: line for place, line in own.lines.items() if place[:1] == (name,)}
    kind = get_type_hints(Policy)[name]
    found = read_as(both, (name,), kind, merged(shipped.content, over))
    own.faults += both.faults
    return found


def programme_terms(
    settings: Settings, own: Mapping[str, Any]
) -> tuple[ProgrammeTerms, Sequence[str]]:
    """Return the terms of programmes with ``own`` laid over them, and every fault of ``own``."""
    inforce = policy_of(settings)
    if not own:
        return inforce.programmes, ()
    key = json.dumps(own, sort_keys=True, default=str)
    return _own_terms(_named(settings), inforce.version, key)


class _OwnTerms(Tree):
    """Terms that came from a page or the API: faults name the field, there are no lines."""

    def at(self, place: Place) -> str:
        """Return the path to the field."""
        return ".".join(["terms", *map(str, place)])


@lru_cache(maxsize=64)
def _own_terms(path: Path | None, _version: str, own: str) -> tuple[ProgrammeTerms, Sequence[str]]:
    installed = read_tree(path) if path else Tree("")
    over = _OwnTerms("terms")
    wanted = merged(_content("programmes", installed), json.loads(own))
    found = read_as(over, (), ProgrammeTerms, wanted)
    return found, tuple(over.faults)


@lru_cache
def _shipped(name: str) -> Tree:
    return read_tree(SHIPPED / f"{name}.yaml")
