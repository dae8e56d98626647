"""The resolve promise as a rule."""

import pytest

from ssoc.notify.rules import Kind, Plan, Told, knows_it_fires, plan, retry_delay


def told(text: str) -> list[Told]:
    """Read ``1 firing, 2 resolved?, 3 nested!``: ``?`` never tried, ``!`` waiting and tried."""
    found = []
    for part in filter(None, text.split(", ")):
        number, word = part.split()
        kind = Kind(word.rstrip("?!"))
        found.append(Told(int(number), kind, not word.endswith("?"), word[-1] in "?!"))
    return found


@pytest.mark.parametrize(
    ("ledger", "kind", "number", "expected"),
    [
        pytest.param("", Kind.FIRING, 1, Plan(), id="the first page"),
        pytest.param("1 firing", Kind.RESOLVED, 2, Plan(), id="P1 told firing, told resolved"),
        pytest.param(
            "", Kind.RESOLVED, 2, Plan("never told that it fails"), id="P3 never told, not told"
        ),
        pytest.param(
            "1 firing, 2 resolved",
            Kind.RESOLVED,
            2,
            Plan("told already"),
            id="P4 the same event once more",
        ),
        pytest.param("1 firing!", Kind.SPREAD, 2, Plan(), id="a new market supersedes nothing"),
        pytest.param("2 spread", Kind.FIRING, 1, Plan(), id="and is in the way of nothing"),
        pytest.param(
            "3 resolved",
            Kind.SPREAD,
            2,
            Plan("something newer is known"),
            id="a new market of what is over",
        ),
        pytest.param(
            "1 firing, 2 resolved",
            Kind.RESOLVED,
            3,
            Plan("never told that it fails"),
            id="resolved is told once",
        ),
        pytest.param(
            "1 firing, 2 resolved!",
            Kind.REOPENED,
            3,
            Plan(superseded=(2,)),
            id="P5 a new firing takes the place of an undelivered resolve",
        ),
        pytest.param(
            "1 firing!",
            Kind.RESOLVED,
            2,
            Plan(superseded=(1,)),
            id="what was tried may have arrived",
        ),
        pytest.param(
            "1 firing?",
            Kind.RESOLVED,
            2,
            Plan("never told that it fails", (1,)),
            id="what was never tried is dropped, both of it",
        ),
        pytest.param("1 firing", Kind.NESTED, 2, Plan(), id="P6 told that it is part of another"),
        pytest.param("1 firing, 2 nested", Kind.RESOLVED, 3, Plan(), id="P6 and later resolved"),
        pytest.param("", Kind.NESTED, 2, Plan("never told that it fails"), id="nested unheard"),
        pytest.param(
            "5 resolved",
            Kind.FIRING,
            1,
            Plan("something newer is known"),
            id="an event that comes late changes nothing",
        ),
    ],
)
def test_plan(ledger: str, kind: Kind, number: int, expected: Plan) -> None:
    assert plan(kind, number, told(ledger)) == expected


@pytest.mark.parametrize(
    ("ledger", "expected"),
    [("", False), ("1 firing", True), ("1 firing, 2 resolved", False), ("2 resolved?", False)],
)
def test_what_a_receiver_believes(ledger: str, expected: bool) -> None:
    assert knows_it_fires(told(ledger)) is expected


def test_retries_slow_down_and_never_end() -> None:
    seconds = [retry_delay(attempt).total_seconds() for attempt in (1, 2, 3, 7, 8, 100)]
    assert seconds == [10, 20, 40, 600, 600, 600]
