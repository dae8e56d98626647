"""What it means that nothing answers: our link, one country, or one target. Pure.

Two or more countries that vanish together, or a failing control probe, are one suspected link
and the countries are *not seen*, never down. A country alone is unreachable only after N polls
while the control probe of its path is fine; so is a single target while others answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ssoc.core.vocabulary import Severity
from ssoc.monitoring.report import identity, key_of
from ssoc.monitoring.rules.sights import Country, Ground, Sight, are_together, countries_of
from ssoc.monitoring.rules.words import counted

LINK, COUNTRY, TARGET, PROBE = (
    "LinkSuspected",
    "CountryUnreachable",
    "TargetUnreachable",
    "ControlProbeFailing",
)
CONFIRM_POLLS = 3  # polls without an answer before a country is called unreachable by itself
SETTLE = timedelta(seconds=60)  # how long others that waver may put off a first word
HEALED_FOR = timedelta(hours=1)  # how long the recovery of a path is remembered
HEADQUARTERS = "headquarters"  # the subject when several links fail that share nothing known


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


@dataclass(frozen=True)
class _Scene:
    """Everything a decision looks at."""

    sights: Sequence[Sight]
    countries: Sequence[Country]
    controls: Mapping[str, Sight]
    ground: Ground
    healed: Mapping[str, datetime] = field(default_factory=dict)

    def answers_on(self, path: str) -> bool:
        """Tell whether a country is seen over a path."""
        return any(each.path == path and not each.is_gone for each in self.countries)

    def control_is_fine(self, path: str) -> bool:
        """Tell whether nothing speaks against a path."""
        return path not in self.controls or self.controls[path].answers

    def was_asked_since_it_healed(self, asked: Sight | Country) -> bool:
        """Tell whether a target was asked after its path became good again, as far as known."""
        control = self.controls.get(asked.path)
        good_from = [control.since] if control and control.answers else []
        if asked.path in self.healed:
            good_from.append(self.healed[asked.path])
        return all(asked.polled_after(each) for each in good_from)


def assess(
    sights: Sequence[Sight], ground: Ground, memory: Mapping[str, Any], now: datetime
) -> Assessment:
    """Return what can be said of our sight; what was firing and is seen again is cleared."""
    controls = {each.path: each for each in sights if each.is_control and each.path}
    raised: Mapping[str, Any] = memory.get("raised", {})
    scene = _Scene(sights, countries_of(sights), controls, ground)
    gone = [each for each in scene.countries if each.is_gone]
    links = _links(scene, gone)
    scene = replace(scene, healed=_healed(links, memory, now))
    if len(links) == 1 and any(now - at < SETTLE for at in scene.healed.values()):
        links = [_as_told(link, raised) for link in links]
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
    healed = {path: at.isoformat() for path, at in scene.healed.items()}
    not_seen = frozenset(each.market for each in gone) - seen
    return Assessment(said, not_seen, {"raised": kept, "healed": healed})


@dataclass(frozen=True)
class _Link:
    """A suspected link: the paths it carries, and the countries it hides."""

    component: str
    paths: tuple[str, ...]
    hidden: Sequence[Country]


def _healed(
    links: Sequence[_Link], memory: Mapping[str, Any], now: datetime
) -> dict[str, datetime]:
    """Return when each path was freed of suspicion, this turn or not long ago."""
    suspected = {path for link in links for path in link.paths}
    told = {path: datetime.fromisoformat(at) for path, at in memory.get("healed", {}).items()}
    found = {path: at for path, at in told.items() if now - at < HEALED_FOR}
    for key, was in memory.get("raised", {}).items():
        if key.startswith(f"{LINK}/"):
            found |= {path: now for path in was["paths"] if path not in suspected}
    return found


def _links(scene: _Scene, gone: Sequence[Country]) -> list[_Link]:
    found: list[_Link] = []
    for path in sorted({each.path for each in scene.countries} | set(scene.controls)):
        here = [each for each in gone if each.path == path]
        fails = path in scene.controls and scene.controls[path].is_gone
        if are_together(here) or (fails and (here or not scene.answers_on(path))):
            found.append(_Link(scene.ground.links.get(path, ""), (path,), here))
    hidden = {id(each) for link in found for each in link.hidden}
    doubtful = [each for each in gone if id(each) not in hidden and each.path not in scene.controls]
    if are_together(doubtful):
        paths = tuple(sorted({each.path for each in doubtful}))
        below = [scene.ground.links.get(path, "") for path in paths]
        found.append(_Link(_place(below, scene.ground), paths, doubtful))
    return _joined(found, scene.ground)


def _joined(found: list[_Link], ground: Ground) -> list[_Link]:
    """Say links that failed together as one: several at once means our own end."""
    hidden = [each for link in found for each in link.hidden]
    if len(found) < 2 or not are_together(hidden):
        return found
    below = _place([link.component for link in found], ground)
    return [_Link(below, tuple(path for link in found for path in link.paths), hidden)]


def _as_told(link: _Link, raised: Mapping[str, Any]) -> _Link:
    """Leave what remains of a wider link where it was said to be, while others just healed."""
    for key, was in sorted(raised.items()):
        if key.startswith(f"{LINK}/") and was["component"] and set(link.paths) <= {*was["paths"]}:
            return replace(link, component=was["component"])
    return link


def _place(components: Sequence[str], ground: Ground) -> str:
    """Return what all links need, as near as can be, else the first of them that is known."""
    known = [each for each in components if each]
    return ground.under(known) or next(iter(known), "")


def _link(scene: _Scene, link: _Link) -> Finding:
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
    subject = link.component or (link.paths[0] if len(link.paths) == 1 else HEADQUARTERS)
    severity = Severity.CRITICAL if len(hidden) > 1 else Severity.ERROR
    return Finding(
        LINK,
        subject,
        severity,
        "",
        link.component,
        since,
        text,
        link.paths,
        hidden=tuple(hidden),
    )


def _is_confirmed(scene: _Scene, country: Country, raised: Mapping[str, Any]) -> bool:
    """Tell whether a lone silent country is to be called unreachable."""
    return f"{COUNTRY}/{country.market}" in raised or (
        country.unanswered >= CONFIRM_POLLS
        and scene.control_is_fine(country.path)
        and scene.was_asked_since_it_healed(country)
        and _others_answered_before(scene, country)
    )


def _others_answered_before(scene: _Scene, country: Country) -> bool:
    """Tell whether no other on the path answers, or one did before the country was asked last."""
    others = [
        since
        for each in scene.countries
        if each.path == country.path and each.market != country.market
        for since in each.answers_since
    ]
    return not others or country.polled_after(min(others))


def _country(scene: _Scene, country: Country) -> Finding:
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


def _targets(scene: _Scene, raised: Mapping[str, Any]) -> list[Finding]:
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


def _way_is_good(scene: _Scene, sight: Sight, *, is_raised: bool) -> bool:
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


def _probes(scene: _Scene, suspected: set[str]) -> list[Finding]:
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


def _is_disproved(scene: _Scene, control: Sight) -> bool:
    """Tell whether a country on the path answers although its control probe, asked since, fails."""
    return any(
        each.answers and each.answered_after(control.since) and control.polled_after(each.since)
        for country in scene.countries
        if country.path == control.path
        for each in country.sights
    )


def _hold(
    scene: _Scene, findings: Iterable[Finding], raised: Mapping[str, Any]
) -> tuple[list[Finding], dict[str, Any]]:
    """Return what to say, and what to remember of it.

    What fired and is neither confirmed nor refuted is not said again: its lease decides.
    """
    said: list[Finding] = []
    kept: dict[str, Any] = {}
    for each in findings:
        was = raised.get(each.key)
        since = datetime.fromisoformat(was["since"]) if was else each.since
        said.append(replace(each, since=since))
        kept[each.key] = _remembered(said[-1])
    links = [each for each in said if each.name == LINK]
    for key in sorted(set(raised) - set(kept)):
        if words := _over(scene, key, raised[key], links):
            said.append(_cleared(key, raised[key], words))
        else:
            kept[key] = raised[key]
    return said, kept


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


def _over(scene: _Scene, key: str, was: Mapping[str, Any], links: Sequence[Finding]) -> str:
    """Return why what was raised is over, in words; empty when nothing proves it."""
    name, _, subject = key.partition("/")
    if not _is_asked(scene.ground, name, subject, was):
        return "no longer watched: no check of the estate asks for it any more"
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
