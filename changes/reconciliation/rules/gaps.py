"""How far apart two systems say that the same line was: one gap for most is a wrong clock. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LEAST = 3  # breaks with the same gap, before that is said
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class CommonGap:
    """``count`` of ``whole`` timing breaks have the gap; positive when the new system is later."""

    gap: timedelta
    count: int
    whole: int
    is_exact: bool


def gap_of(lines: Iterable[Mapping[str, Any]]) -> timedelta | None:
    """Return by how much the new system is later, None unless each side has one line."""
    sides: dict[str, list[datetime]] = {"old": [], "new": []}
    for each in lines:
        sides[each["side"]].append(datetime.fromisoformat(each["at"]))
    old, new = sides["old"], sides["new"]
    return new[0] - old[0] if len(old) == len(new) == 1 else None


def common_gap(gaps: Iterable[timedelta | None]) -> CommonGap | None:
    """Return the gap that more than half of timing breaks have to the minute, None without one."""
    found = list(gaps)
    known = [each for each in found if each]
    if not known:
        return None
    [(minutes, count)] = Counter(round(each / _MINUTE) for each in known).most_common(1)
    if not minutes or count < LEAST or 2 * count <= len(found):
        return None
    same = {each for each in known if round(each / _MINUTE) == minutes}
    return CommonGap(minutes * _MINUTE, count, len(found), len(same) == 1)
