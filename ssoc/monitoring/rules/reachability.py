"""What it means that nothing answers: our link, one country, or one target. Pure.

Countries that vanish together, or a failing control probe, are one suspected link and the
countries are *not seen*, never down; ``lost_links`` says which link it is. A country alone is
unreachable only after N polls while the control probe of its path is fine; so is a single
target while others answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.report import NOT_WATCHED, identity, key_of
from ssoc.monitoring.rules.lost_links import SETTLE, Link, Scene, as_told, healed, lost_links
from ssoc.monitoring.rules.sights import Country, Ground, Sight, countries_of
from ssoc.monitoring.rules.words import counted

LINK, COUNTRY, TARGET, PROBE = (
    "LinkSuspected",
    "CountryUnreachable",
    "TargetUnreachable",
    "ControlProbeFailing",
)
CONFIRM_POLLS = 3  # polls without an answer before a country is called unreachable by itself


def alert_key(name: str, subject: str) -> int:
    """Return the key of the alert that says a finding."""
    return key_of(identity("poll", subject, name))


@dataclass(frozen=True)
class Finding:
    """One alert about our sight; ``subject`` names it between turns.

    ``hidden`` are the markets that it keeps us from seeing: none of their checks answers.
    """

    name: str
    subject: str
    severity: Severity
    market: str
    component: str
    since: datetime
    summary: str
    paths: tuple[str, ...] = ()
    is_firing: bool = True
    hidden: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what names it among the findings."""
        return f"{self.name}/{self.subject}"


@dataclass(frozen=True)
class Assessment:
    """What is to be said now, who is not seen, and what to remember."""

    findings: Sequence[Finding]
    not_seen: frozenset[str]
    memory: Mapping[str, Any]


def assess(
    sights: Sequence[Sight], ground: Ground, memory: Mapping[str, Any], now: datetime
) -> Assessment:
    """Return what can be said of our sight; what was firing and is seen again is cleared."""
    controls = {each.path: each for each in sights if each.is_control and each.path}
    raised: Mapping[str, Any] = memory.get("raised", {})
    scene = Scene(sights, countries_of(sights), controls, ground)
    gone = [each for each in scene.countries if each.is_gone]
    told = {key.partition("/")[2]: was for key, was in raised.items() if key.startswith(LINK)}
    links = lost_links(scene, gone, told)
    scene = replace(scene, healed=healed(links, told, memory.get("healed", {}), now))
    if len(links) == 1 and any(now - at < SETTLE for at in scene.healed.values()):
        links = [as_told(link, told) for link in links]
    blamed = {(each.market, each.path) for link in links for each in link.hidden}
    seen = {each.market for each in scene.countries if not each.is_gone}
    alone = [
        each for each in gone if (each.market, each.path) not in blamed and each.market not in seen
    ]
    findings = [_link(scene, link) for link in links]
    findings += [_country(scene, each) for each in alone if _is_confirmed(scene, each, raised)]
    findings += _targets(scene, raised)
    findings += _probes(scene, {path for link in links for path in link.paths})
    if any(each.is_wavering for each in scene.countries):
        findings = [each for each in findings if each.key in raised or now - each.since >= SETTLE]
    said, kept = _hold(scene, findings, raised)
    freed = {path: at.isoformat() for path, at in scene.healed.items()}
    not_seen = frozenset(each.market for each in gone) - seen
    return Assessment(said, not_seen, {"raised": kept, "healed": freed})


def _link(scene: Scene, link: Link) -> Finding:
    failing = [
        probe
        for path, probe in sorted(scene.controls.items())
        if path in link.paths and probe.is_gone
    ]
    since = min([each.since for each in link.hidden] + [each.since for each in failing])
    hidden = sorted({each.market for each in link.hidden})
    who = ", ".join(scene.ground.name(code) for code in hidden)
    told = "no answer from the control probe" if failing else "they fell silent together"
    text = f"not seen: {who or 'nobody else is asked here'}; {told}"
    text += ". Our link is suspected; the platforms may well work"
    severity = Severity.CRITICAL if len(hidden) > 1 else Severity.ERROR
    return Finding(
        LINK,
        link.subject,
        severity,
        "",
        link.component,
        since,
        text,
        link.paths,
        hidden=tuple(hidden),
    )


def _is_confirmed(scene: Scene, country: Country, raised: Mapping[str, Any]) -> bool:
    """Tell whether a lone silent country is to be called unreachable."""
    return f"{COUNTRY}/{country.market}" in raised or (
        country.unanswered >= CONFIRM_POLLS
        and scene.control_is_fine(country.path)
        and scene.was_asked_since_it_healed(country)
        and _others_answered_before(scene, country)
    )


def _others_answered_before(scene: Scene, country: Country) -> bool:
    """Tell whether no other on the path answers, or one did before the country was asked last."""
    others = [
        since
        for each in scene.countries
        if each.path == country.path and each.market != country.market
        for since in each.answers_since
    ]
    return not others or country.polled_after(min(others))


def _country(scene: Scene, country: Country) -> Finding:
    where = scene.ground.deepest(sight.component for sight in country.sights)
    text = (
        f"{scene.ground.name(country.market)} is unreachable: "
        f"{counted(len(country.quick), 'check')} got no answer for "
        f"{counted(country.unanswered, 'poll')}"
    )
    if country.path in scene.controls:
        text += f", while the control probe {scene.controls[country.path].check} answers"
    code = country.market
    return Finding(
        COUNTRY, code, Severity.CRITICAL, code, where, country.since, text, hidden=(code,)
    )


def _targets(scene: Scene, raised: Mapping[str, Any]) -> list[Finding]:
    """Return single targets that do not answer although the way to them is known to be good."""
    found = []
    for sight in scene.sights:
        if sight.is_control or sight.unanswered < CONFIRM_POLLS:
            continue
        if not _way_is_good(scene, sight, is_raised=f"{TARGET}/{sight.check}" in raised):
            continue
        text = (
            f"{scene.ground.name(sight.component)}: no answer to {sight.check} for "
            f"{counted(sight.unanswered, 'poll')}, while the way to it works"
        )
        found.append(
            Finding(
                TARGET,
                sight.check,
                Severity.ERROR,
                sight.market,
                sight.component,
                sight.since,
                text,
            )
        )
    return found


def _way_is_good(scene: Scene, sight: Sight, *, is_raised: bool) -> bool:
    """Tell whether others answered after the target fell silent, or nothing speaks against it.

    What just began to answer again proves nothing until the target was asked after it.
    """
    if not is_raised and not scene.was_asked_since_it_healed(sight):
        return False
    others = [
        each
        for each in scene.sights
        if each.path == sight.path and each.market == sight.market and each.check != sight.check
    ]
    witnesses = [each for each in others if each.answered_after(sight.since)]
    if witnesses:
        return is_raised or any(
            not each.answers or sight.polled_after(each.since) for each in witnesses
        )
    elsewhere = not sight.market or any(
        each.market == sight.market and each.path != sight.path and not each.is_gone
        for each in scene.countries
    )
    return elsewhere and scene.control_is_fine(sight.path)


def _probes(scene: Scene, suspected: set[str]) -> list[Finding]:
    """Return control probes that fail although their path is seen to work: our turn."""
    found = []
    for path, control in sorted(scene.controls.items()):
        if control.is_gone and path not in suspected and _is_disproved(scene, control):
            text = (
                f"{control.check} gets no answer, but the countries on {path} do: check the probe"
            )
            where = (control.market, control.component)
            found.append(Finding(PROBE, path, Severity.WARNING, *where, control.since, text))
    return found


def _is_disproved(scene: Scene, control: Sight) -> bool:
    """Tell whether a country on the path answers although its control probe, asked since, fails."""
    return any(
        each.answers and each.answered_after(control.since) and control.polled_after(each.since)
        for country in scene.countries
        if country.path == control.path
        for each in country.sights
    )


def _hold(
    scene: Scene, findings: Iterable[Finding], raised: Mapping[str, Any]
) -> tuple[list[Finding], dict[str, Any]]:
    """Return what to say, and what to remember of it.

    What fired and is neither confirmed nor refuted is not said again: its lease decides.
    """
    said: list[Finding] = []
    kept: dict[str, Any] = {}
    for each in findings:
        was = raised.get(each.key)
        since = datetime.fromisoformat(was["since"]) if was else each.since
        said.append(replace(each, since=since, severity=_as_bad_as(each, was)))
        kept[each.key] = _remembered(said[-1])
    links = [each for each in said if each.name == LINK]
    for key in sorted(set(raised) - set(kept)):
        if words := _over(scene, key, raised[key], links):
            said.append(_cleared(key, raised[key], words))
        else:
            kept[key] = raised[key]
    return said, kept


def _as_bad_as(finding: Finding, was: Mapping[str, Any] | None) -> Severity:
    """Return the severity; a link stays as bad as it was: markets that return are no change of it.

    Else the alert would flap by our own counting.
    """
    worst = was["severity"] if was and finding.name == LINK else finding.severity
    return max(finding.severity, Severity(worst))


def _remembered(finding: Finding) -> dict[str, Any]:
    return {
        "since": finding.since.isoformat(),
        "severity": int(finding.severity),
        "market": finding.market,
        "component": finding.component,
        "paths": list(finding.paths),
        "hidden": list(finding.hidden),
    }


def _cleared(key: str, was: Mapping[str, Any], words: str) -> Finding:
    name, _, subject = key.partition("/")
    return Finding(
        name,
        subject,
        Severity(was["severity"]),
        was["market"],
        was["component"],
        datetime.fromisoformat(was["since"]),
        words,
        tuple(was["paths"]),
        is_firing=False,
    )


def _over(scene: Scene, key: str, was: Mapping[str, Any], links: Sequence[Finding]) -> str:
    """Return why what was raised is over, in words; empty when nothing proves it."""
    name, _, subject = key.partition("/")
    if not _is_asked(scene.ground, name, subject, was):
        return f"{NOT_WATCHED}: no check of the estate asks for it any more"
    if name == LINK:
        for other in links:
            if set(was["paths"]) & set(other.paths):
                more = len(other.paths) > len(was["paths"])
                return f"now said of {other.subject}{', with more countries' if more else ' alone'}"
        proof = any(each.path in was["paths"] and each.answers for each in scene.sights)
    elif name == COUNTRY:
        proof = any(each.market == subject and not each.is_gone for each in scene.countries)
    elif name == PROBE:
        proof = subject in scene.controls and scene.controls[subject].answers
    else:
        proof = any(each.check == subject and each.answers for each in scene.sights)
    return "cleared: answers come again" if proof else ""


def _is_asked(ground: Ground, name: str, subject: str, was: Mapping[str, Any]) -> bool:
    """Tell whether the estate still has a check that could prove the opposite."""
    if ground.asked is None:
        return True
    checks = ground.asked.values()
    if name == LINK:
        return any(each.path in was["paths"] for each in checks)
    if name == COUNTRY:
        return any(each.market == subject and not each.is_control for each in checks)
    if name == PROBE:
        return any(each.path == subject and each.is_control for each in checks)
    return subject in ground.asked
