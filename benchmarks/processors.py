"""What processes cost: seconds of processor time, read from the kernel (Linux)."""

import os
from pathlib import Path

from sqlalchemy import make_url

TICK = os.sysconf("SC_CLK_TCK")


def used_by(process: int) -> float:
    """Return the seconds of one process, and of its children that have ended."""
    return _seconds(_stat(Path(f"/proc/{process}")), with_ended=True)


def used_by_database(url: str) -> float:
    """Return the seconds of the PostgreSQL cluster behind a socket; 0 for any other database."""
    folder = make_url(url).query.get("host")
    file = Path(str(folder or "/")) / "data" / "postmaster.pid"
    if not folder or not file.exists():
        return 0.0
    first = int(file.read_text().split("\n")[0])
    stats = [_stat(path) for path in Path("/proc").glob("[0-9]*")]
    children = [stat for stat in stats if len(stat) > 1 and int(stat[1]) == first]
    return used_by(first) + sum(_seconds(stat) for stat in children)


def busy() -> float:
    """Return the seconds that the processors of this machine were busy."""
    figures = [int(each) for each in Path("/proc/stat").read_text().split("\n")[0].split()[1:]]
    return (sum(figures[:3]) + sum(figures[5:8])) / TICK


def _stat(path: Path) -> list[str]:
    """Return the fields of a process behind its name; none when it has ended meanwhile."""
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _seconds(stat: list[str], with_ended: bool = False) -> float:
    return sum(map(int, stat[11 : 15 if with_ended else 13])) / TICK
