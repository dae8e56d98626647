"""Small trends: from zero, gaps stay open, the abnormal stretch apart."""

from datetime import UTC, datetime, timedelta

from web.noc.spark import HEIGHT, Spark, Usual, low_edge, spark

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FOUR = NOON + timedelta(hours=4)


def at(minutes: float) -> datetime:
    """Return an instant after noon."""
    return NOON + timedelta(minutes=minutes)


def line(*points: tuple[float, float], band: tuple[Usual, ...] = ()) -> Spark:
    """Return the trend of points given as minutes and values."""
    found = spark([(at(minute), value) for minute, value in points], band, NOON, FOUR)
    assert found is not None
    return found


def ends(path: str) -> tuple[list[float], list[float]]:
    """Return x and y of the points of a path."""
    numbers = [float(each) for each in path.strip("MZ").split()]
    return numbers[::2], numbers[1::2]


def test_nothing_is_not_a_line_at_zero() -> None:
    assert spark([], [], NOON, FOUR) is None


def test_it_runs_from_the_left_and_stands_on_zero() -> None:
    (path,) = line((0, 50), (5, 100), (10, 0)).paths
    xs, ys = ends(path)
    assert xs[0] == 0
    assert ys == [17, 2, HEIGHT]


def test_a_pause_leaves_a_gap() -> None:
    assert len(line((0, 5), (5, 5), (10, 5), (60, 5), (65, 5)).paths) == 2


def test_what_is_below_usual_is_drawn_apart_and_joined() -> None:
    band = (Usual(at(0), 80, 120), Usual(at(240), 80, 120))
    found = line((0, 100), (5, 100), (10, 20), (15, 20), (20, 100), band=band)
    assert (len(found.paths), len(found.low_paths)) == (2, 1)
    assert ends(found.low_paths[0])[0][0] == ends(found.paths[0])[0][-1]
    assert found.band.endswith("Z")


def test_thousands_of_points_are_thinned_and_the_newest_stays() -> None:
    (path,) = line(*[(minute / 20, minute % 7 + 1) for minute in range(4_000)]).paths
    xs, _ = ends(path)
    assert len(xs) <= 120
    assert xs[-1] > 99


def test_between_two_edges_lies_a_straight_line() -> None:
    band = (Usual(at(0), 0, 1), Usual(at(60), 60, 61))
    assert low_edge(band, at(30)) == 30
    assert low_edge(band, at(90)) == float("-inf")
    assert low_edge((), at(30)) == float("-inf")
