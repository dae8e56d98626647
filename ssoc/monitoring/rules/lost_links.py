"""Which link is suspected when countries are not seen: their own, or one that they share. Pure.

A link that several share is suspected when two or more of them fell silent together, however many
still answer: links fail in part. Who fell silent at another time has a link of its own to blame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ssoc.monitoring.rules.sights import Country, Ground, Sight, together

SETTLE = timedelta(seconds=60)  # how long others that waver may put off a first word
HEALED_FOR = timedelta(hours=1)  # how long the recovery of a path is remembered
Told = Mapping[str, Mapping[str, Any]]  # what was said of each link, by its subject
HEADQUARTERS = "headquarters"  # the subject when several links fail that share nothing known


@dataclass(frozen=True)
class Scene:
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


@dataclass(frozen=True)
class Link:
    """A suspected link: the paths it carries, and the countries it hides."""

    component: str
    paths: tuple[str, ...]
    hidden: Sequence[Country]

    @property
    def subject(self) -> str:
        """Return what names the link between turns."""
        return self.component or (self.paths[0] if len(self.paths) == 1 else HEADQUARTERS)


def healed(
    links: Sequence[Link], told: Told, before: Mapping[str, str], now: datetime
) -> dict[str, datetime]:
    """Return when each path was freed of suspicion, this turn or not long ago."""
    suspected = {path for link in links for path in link.paths}
    known = {path: datetime.fromisoformat(at) for path, at in before.items()}
    found = {path: at for path, at in known.items() if now - at < HEALED_FOR}
    for was in told.values():
        found |= {path: now for path in was["paths"] if path not in suspected}
    return found


def lost_links(scene: Scene, gone: Sequence[Country], told: Told) -> list[Link]:
    """Return the links that are suspected; each country that is not seen is hidden by one.

    A link that was called by itself before stays so below a wider one that is suspected later:
    what is known of it is known still.
    """
    found: list[Link] = []
    for path in sorted({each.path for each in scene.countries} | set(scene.controls)):
        here = [each for each in gone if each.path == path]
        fails = path in scene.controls and scene.controls[path].is_gone
        if fails and (here or not scene.answers_on(path)):
            found.append(_of_path(scene, path, here))
        elif lost := together(here):
            found.append(_of_path(scene, path, lost))
    hidden = {id(each) for link in found for each in link.hidden}
    doubtful = [each for each in gone if id(each) not in hidden and each.path not in scene.controls]
    if lost := together(doubtful):
        paths = tuple(sorted({each.path for each in lost}))
        found.append(Link(_place([*_links_of(scene, paths)], scene.ground), paths, lost))
    return _joined(scene, found, told)


def as_told(link: Link, told: Told) -> Link:
    """Leave what remains of a wider link where it was said to be, while others just healed."""
    if link.subject in told:
        return link
    for _, was in sorted(told.items()):
        if was["component"] and set(link.paths) <= {*was["paths"]}:
            return replace(link, component=was["component"])
    return link


def _of_path(scene: Scene, path: str, hidden: Sequence[Country]) -> Link:
    return Link(scene.ground.links.get(path, ""), (path,), hidden)


def _joined(scene: Scene, found: list[Link], told: Told) -> list[Link]:
    """Say links that failed together as one: what they share."""
    if len(found) < 2:
        return found
    hidden = [each for link in found for each in link.hidden]
    lost = together(hidden) or _still_lost(hidden, told)
    inside = [link for link in found if link.hidden and {*map(id, link.hidden)} & {*map(id, lost)}]
    if len(inside) < 2:
        return found
    paths = tuple(path for link in inside for path in link.paths)
    wide = Link(_place([link.component for link in inside], scene.ground), paths, lost)
    apart = [link for link in found if link not in inside or link.subject in told]
    return [wide, *(link for link in apart if link.subject != wide.subject)]


def _still_lost(gone: Sequence[Country], told: Told) -> Sequence[Country]:
    """Return those that a shared link was suspected for and that are still lost, if several."""
    for _, was in sorted(told.items()):
        if len(was["paths"]) > 1:
            left = [each for each in gone if each.path in was["paths"]]
            if len({each.market for each in left}) > 1:
                return left
    return ()


def _links_of(scene: Scene, paths: Sequence[str]) -> list[str]:
    return [scene.ground.links.get(path, "") for path in paths]


def _place(components: Sequence[str], ground: Ground) -> str:
    """Return what all links need, as near as can be, else the first of them that is known."""
    known = [each for each in components if each]
    return ground.under(known) or next(iter(known), "")
