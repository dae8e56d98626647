"""Plan programmes: what is brought, in which waves, to which sites."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import func, select

from changes.models import Change
from changes.policy import programme_terms
from changes.programmes.actions.people import people_faults
from changes.programmes.models import Programme, ProgrammeWave, Release, Site, SiteRollout
from changes.programmes.queries import programmes
from changes.programmes.rules import brake
from changes.programmes.rules.drafts import (
    Fault,
    ProgrammeDraft,
    WaveDraft,
    programme_faults,
    refuse,
    wave_faults,
)
from changes.queries import views
from ssoc.core.errors import BadInput, Conflict, NotFound
from ssoc.core.permissions import Permission
from ssoc.core.running import bump
from ssoc.core.vocabulary import ProgrammePlanned
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries

PLANS = Permission.PROGRAMME_PLAN
MOST_VERSIONS = 50


def require_all(work: Work, markets: Collection[str]) -> None:
    """Raise NotAllowed unless the actor may plan in every one of some markets."""
    for each in sorted(markets):
        work.require(PLANS, each)


def tell(work: Work, programme: Programme, what: str, change: str) -> None:
    """Record that something of a plan was made or changed; screens hear of it."""
    bump(work.session)
    markets = ",".join(sorted(programme.markets))
    work.record(
        ProgrammePlanned(programme_id=programme.id, markets=markets, what=what, change=change)
    )


def same_version(have: int, seen: int | None, what: str) -> None:
    """Raise Conflict when somebody changed a row since it was seen."""
    if seen is not None and seen != have:
        raise Conflict(f"{what} was changed meanwhile; nothing was written; look again")


def known_markets(work: Work) -> list[str]:
    """Return the codes of every market of the estate."""
    return list(estate_queries.current(work).markets)


# ---------------------------------------------------------------- programmes


def make_programme(work: Work, draft: ProgrammeDraft) -> int:
    """Make a programme, and return its number.

    Raises:
        NotAllowed: the actor may not plan in one of its markets.
        BadInput: every fault of the draft.
        Conflict: another one has its name.

    """
    _check_programme(work, draft)
    row = Programme(created_at=work.now, created_by=work.actor.name, **_columns(draft))
    work.session.add(row)
    work.session.flush()
    tell(work, row, f"programme {row.name}", "made")
    return row.id


def edit_programme(
    work: Work, programme_id: int, draft: ProgrammeDraft, version: int | None = None
) -> None:
    """Change a programme; the actor may plan in its markets, those before and those after."""
    row = _programme(work, programme_id)
    same_version(row.version, version, row.name)
    _check_programme(work, draft, row)
    gone = set(row.markets) - set(draft.markets)
    held = select(ProgrammeWave.market).where(ProgrammeWave.programme_id == row.id).distinct()
    if used := sorted(gone & set(work.session.scalars(held))):
        raise BadInput(f"markets: {', '.join(used)} still has waves; move them first")
    new = _columns(draft)
    rules = [name for name in ("terms", "brake", "baseline") if new[name] != getattr(row, name)]
    for name, value in new.items():
        setattr(row, name, value)
    also = f", with its {', '.join(rules)}" if rules else ""
    tell(work, row, f"programme {row.name}", f"changed{also}")


def _check_programme(work: Work, draft: ProgrammeDraft, row: Programme | None = None) -> None:
    require_all(work, draft.markets)
    faults = programme_faults(draft, known_markets(work))
    _, own = programme_terms(work.settings, draft.terms)
    faults += [("terms", each.removeprefix("terms.")) for each in own]
    faults += people_faults(work, _new_people(draft, row))
    same = select(Programme.id).where(
        func.lower(Programme.name) == draft.name.strip().lower(),
        Programme.id != (row.id if row else 0),
    )
    refuse(faults)
    brake.check(draft.brake)
    if work.session.scalar(same):
        raise Conflict(f"there is a programme {draft.name.strip()} already; choose another name")


def _new_people(draft: ProgrammeDraft, row: Programme | None) -> list[tuple[str, str]]:
    """Return who is named now and was not; who has left since may stay until replaced."""
    voters = row.steering if row else {}
    return [
        *([("authority", draft.authority)] if draft.authority != (row and row.authority) else []),
        *(
            (f"steering.{role}", name)
            for role, names in draft.steering.items()
            for name in names
            if name not in voters.get(role, ())
        ),
    ]


def _columns(draft: ProgrammeDraft) -> dict[str, object]:
    found = {name: getattr(draft, name) for name in ProgrammeDraft.__dataclass_fields__}
    found["name"] = draft.name.strip()
    found["markets"] = sorted(set(draft.markets))
    found["steering"] = {role: list(names) for role, names in draft.steering.items()}
    return found | {name: dict(found[name]) for name in ("terms", "brake", "baseline")}


def _programme(work: Work, programme_id: int, is_locked: bool = True) -> Programme:
    """Return a programme that the actor sees and may plan in all its markets, locked."""
    programmes.found(work, programme_id)
    row = work.session.get_one(Programme, programme_id, with_for_update=is_locked)
    require_all(work, row.markets)
    return row


# ---------------------------------------------------------------- releases


def make_release(
    work: Work,
    programme_id: int,
    name: str,
    versions: Mapping[str, str],
    change_id: int | None = None,
) -> int:
    """Make a release of a programme, and return its number; the change is what was approved."""
    programme = _programme(work, programme_id)
    _check_release(work, programme.id, name, versions, change_id)
    row = Release(
        programme_id=programme.id,
        name=name.strip(),
        versions=dict(versions),
        change_id=change_id,
    )
    work.session.add(row)
    work.session.flush()
    tell(work, programme, f"release {row.name}", "made")
    return row.id


def edit_release(
    work: Work,
    release_id: int,
    name: str,
    versions: Mapping[str, str],
    change_id: int | None = None,
    version: int | None = None,
) -> None:
    """Change a release; one whose baseline is frozen stays as it is."""
    row, programme = _release(work, release_id)
    same_version(row.version, version, row.name)
    if row.frozen_at is not None:
        raise Conflict(
            f"the baseline of {row.name} was frozen by {row.frozen_by} on "
            f"{row.frozen_at:%d %b %Y}; make another release"
        )
    _check_release(work, programme.id, name, versions, change_id, row.id)
    row.name, row.versions, row.change_id = name.strip(), dict(versions), change_id
    tell(work, programme, f"release {row.name}", "changed")


def freeze_release(work: Work, release_id: int) -> None:
    """Freeze the baseline of a release: sites may migrate to it, and nobody changes it more."""
    row, programme = _release(work, release_id)
    if row.frozen_at is not None:
        raise Conflict(f"the baseline of {row.name} is frozen already, by {row.frozen_by}")
    if not row.versions:
        raise BadInput(f"{row.name} names no version; there is nothing to freeze, add them first")
    row.frozen_at, row.frozen_by = work.now, work.actor.name
    tell(work, programme, f"release {row.name}", "baseline frozen")


def _release(work: Work, release_id: int) -> tuple[Release, Programme]:
    row = work.session.get(Release, release_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no release {release_id} that you may see")
    return row, _programme(work, row.programme_id)


def _check_release(
    work: Work,
    programme_id: int,
    name: str,
    versions: Mapping[str, str],
    change_id: int | None,
    own: int = 0,
) -> None:
    faults: list[Fault] = []
    if not name.strip() or len(name.strip()) > 128:
        faults.append(("name", "give a name of 1 to 128 characters"))
    if len(versions) > MOST_VERSIONS:
        faults.append(("versions", f"{len(versions)} are more than {MOST_VERSIONS}"))
    for key, value in versions.items():
        if not key.strip() or not value.strip() or len(key) > 64 or len(value) > 128:
            faults.append(("versions", f"{key[:40]!r} or its version is empty or too long"))
    refuse(faults)
    if change_id is not None:
        if work.session.get(Change, change_id) is None:
            raise BadInput(f"change: there is no CHG-{change_id} that you may see")
        views.change(work, change_id)
    same = select(Release.id).where(
        Release.programme_id == programme_id, Release.name == name.strip(), Release.id != own
    )
    if work.session.scalar(same):
        raise Conflict(f"the programme has a release {name.strip()} already; choose another name")


# ---------------------------------------------------------------- waves


def make_wave(work: Work, programme_id: int, draft: WaveDraft) -> int:
    """Put a wave at the end of a programme, and return its number."""
    programme = _programme(work, programme_id)
    _check_wave(work, programme, draft)
    last = select(func.max(ProgrammeWave.position)).where(
        ProgrammeWave.programme_id == programme.id
    )
    row = ProgrammeWave(
        programme_id=programme.id,
        position=(work.session.scalar(last) or 0) + 1,
        **_wave_columns(draft),
    )
    work.session.add(row)
    work.session.flush()
    tell(work, programme, f"wave {row.position}", "made")
    return row.id


def edit_wave(work: Work, wave_id: int, draft: WaveDraft, version: int | None = None) -> None:
    """Change a wave; one that has sites keeps its market and release."""
    row = work.session.get(ProgrammeWave, wave_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no wave {wave_id} that you may see")
    programme = _programme(work, row.programme_id)
    same_version(row.version, version, f"wave {row.position}")
    _check_wave(work, programme, draft)
    is_moved = (draft.market, draft.release_id) != (row.market, row.release_id)
    if is_moved and work.session.scalar(
        select(SiteRollout.id).where(SiteRollout.wave_id == row.id).limit(1)
    ):
        raise Conflict(f"wave {row.position} has sites; its market and release stay")
    for name, value in _wave_columns(draft).items():
        setattr(row, name, value)
    tell(work, programme, f"wave {row.position}", "changed")


def _check_wave(work: Work, programme: Programme, draft: WaveDraft) -> None:
    faults = wave_faults(draft, programme.markets)
    release = work.session.get(Release, draft.release_id)
    if release is None or release.programme_id != programme.id:
        faults.append(("release", f"the programme has no release {draft.release_id}"))
    refuse(faults)


def _wave_columns(draft: WaveDraft) -> dict[str, object]:
    found = asdict(draft)
    return found | {name: list(found[name]) for name in ("criteria_in", "criteria_out")}


# ---------------------------------------------------------------- sites in waves


def place(work: Work, wave_id: int, site_ids: Sequence[int]) -> list[int]:
    """Put sites into a wave, and return the numbers of their ways; all of them or none.

    A site goes once in a release, in the market of the wave. One that is planned in another wave
    of the same release moves over; one that has begun stays.
    """
    wave = work.session.get(ProgrammeWave, wave_id)
    if wave is None:
        raise NotFound(f"there is no wave {wave_id} that you may see")
    programme = _programme(work, wave.programme_id)
    wanted = list(dict.fromkeys(site_ids))
    rows = {each.id: each for each in work.session.scalars(select(Site).where(Site.id.in_(wanted)))}
    faults = [f"there is no site {each}" for each in wanted if each not in rows]
    faults += [
        f"{each.code} is in {each.market}, the wave in {wave.market}"
        for each in rows.values()
        if each.market != wave.market
    ]
    under_way = {
        each.site_id: each
        for each in work.session.scalars(
            select(SiteRollout)
            .where(SiteRollout.release_id == wave.release_id, SiteRollout.site_id.in_(wanted))
            .with_for_update()
        )
    }
    for number, way in under_way.items():
        if way.wave_id != wave.id and way.state.value not in {"planned", "surveyed", "deferred"}:
            faults.append(f"{rows[number].code} is {way.state} in another wave already")
    if faults:
        raise BadInput("; ".join(sorted(faults)))
    found = []
    for number in wanted:
        way = under_way.get(number) or SiteRollout(
            programme_id=programme.id,
            release_id=wave.release_id,
            site_id=number,
            moved_at=work.now,
        )
        way.wave_id = wave.id
        work.session.add(way)
        found.append(way)
    work.session.flush()
    tell(work, programme, f"wave {wave.position}", f"{len(found)} sites placed")
    return [each.id for each in found]
