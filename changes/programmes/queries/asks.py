"""What steering is asked to decide: meetings to come or overdue, waves that the brake holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from changes.gates.lifecycle import Phase
from changes.gates.queries import gates
from changes.programmes.lifecycle import SiteState
from changes.programmes.models import ProgrammeWave, Site, SiteDecision, SiteRollout, WaveBrake
from changes.programmes.queries import programmes
from ssoc.core.work import Work

MOST = 200


@dataclass(frozen=True)
class Ask:
    """One decision: what is asked, of what, until when; the number of its meeting or its wave."""

    what: str
    why: str
    at: datetime | None
    decision_id: int | None = None
    wave_id: int | None = None


@dataclass(frozen=True)
class Blocked:
    """What blocks for one kind of reason: whose turn it is, and for how many days at most."""

    owners: Sequence[tuple[str, int]]
    days: int


def of_programme(work: Work, programme_id: int) -> list[Ask]:
    """Return what waits for a decision: held waves first, then meetings by time."""
    waves = work.session.scalars(
        select(ProgrammeWave)
        .where(ProgrammeWave.programme_id == programme_id, ProgrammeWave.paused_because != "")
        .order_by(ProgrammeWave.position)
    )
    found = [
        Ask(f"Resume {each.name}, or stop", each.paused_because, each.paused_at, wave_id=each.id)
        for each in waves
    ]
    meetings = work.session.execute(
        select(SiteDecision, Site.code, Site.market, ProgrammeWave.name, ProgrammeWave.market)
        .outerjoin(SiteRollout, SiteRollout.id == SiteDecision.site_rollout_id)
        .outerjoin(Site, Site.id == SiteRollout.site_id)
        .outerjoin(ProgrammeWave, ProgrammeWave.id == SiteDecision.wave_id)
        .where(SiteDecision.programme_id == programme_id, SiteDecision.verdict.is_(None))
        .order_by(SiteDecision.meets_at, SiteDecision.id)
        .limit(MOST)
    )
    for row, code, of_site, wave, of_wave in meetings:
        if not programmes.may_see(work, [of_site or of_wave]):
            continue
        why = "was to meet; it is not decided" if row.meets_at < work.now else "meets"
        found.append(Ask(f"Go/no-go of {code or wave}", why, row.meets_at, decision_id=row.id))
    return found


def brake_phases(work: Work, programme_id: int) -> Mapping[int, tuple[int, Phase]]:
    """Return by wave the gate of its brake, and how that stands; two statements."""
    rows = work.session.execute(
        select(WaveBrake.wave_id, WaveBrake.gate_id)
        .join(ProgrammeWave, ProgrammeWave.id == WaveBrake.wave_id)
        .where(ProgrammeWave.programme_id == programme_id)
    ).all()
    known = gates.verdicts(work, [gate for _, gate in rows])
    return {wave: (gate, known[gate][0]) for wave, gate in rows if gate in known}


def blocked(work: Work, programme_id: int) -> dict[str, Blocked]:
    """Return by kind who owns what blocks, most first, and how long the longest lasts."""
    rows = work.session.execute(
        select(SiteRollout.blocked_kind, SiteRollout.blocked_owner, SiteRollout.blocked_at).where(
            SiteRollout.programme_id == programme_id, SiteRollout.state == SiteState.BLOCKED
        )
    ).all()
    owners: dict[str, Counter[str]] = {}
    days: dict[str, int] = {}
    for kind, owner, since in rows:
        name = kind or "not named"
        owners.setdefault(name, Counter())[owner or "nobody"] += 1
        days[name] = max(days.get(name, 0), (work.now - since).days if since else 0)
    return {name: Blocked(count.most_common(), days[name]) for name, count in owners.items()}
