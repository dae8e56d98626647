"""What carries on in place of what fails: the good members of its redundancy groups. Pure."""

from collections.abc import Callable, Collection

from ssoc.estate.values import Estate


def carriers(estate: Estate, component: str, is_good: Callable[[str], bool]) -> list[str]:
    """Return who carries on in place of ``component``; none if anybody is left without.

    Everything that needs it directly must have as many good alternatives in the same group as
    the group needs; what nobody needs is carried by nobody.
    """
    found: set[str] = set()
    for edge in estate.needed_by.get(component, ()):
        others = {
            other.needs
            for other in estate.needs.get(edge.component, ())
            if edge.group and other.group == edge.group and other.needs != component
        }
        good = {each for each in others if is_good(each)}
        if len(good) < edge.need or not good:
            return []
        found |= good
    return sorted(found)


def carried(
    estate: Estate, components: Collection[str], is_good: Callable[[str], bool]
) -> dict[str, list[str]]:
    """Return by failing component who carries on in its place, those carried by nobody left out.

    What fails itself carries nothing.
    """
    failing = set(components)

    def carries(each: str) -> bool:
        return each not in failing and is_good(each)

    found = {each: carriers(estate, each, carries) for each in components}
    return {each: names for each, names in found.items() if names}
