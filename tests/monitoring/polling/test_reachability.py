"""Our link, one country, or one target: cases of alert-semantics R8 and polling 6 and 8."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ssoc.monitoring.rules.reachability import Assessment, assess
from ssoc.monitoring.rules.sights import Ground, Sight

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
EVERY = timedelta(seconds=30)
GROUND = Ground(
    links={"east": "wan-east", "west": "wan-west", "lone": "wan-lone"},
    needs={"wan-east": frozenset({"hq"}), "wan-west": frozenset({"hq"})}
    | {f"ussd-{cc}": frozenset({f"core-{cc}"}) for cc in ("ke", "tz", "mz")},
    names={"KE": "Kenya", "TZ": "Tanzania", "MZ": "Mozambique", "core-ke": "Core Kenya"},
)


def seen(
    cc: str,
    unanswered: int = 0,
    since: float = 0,
    path: str = "east",
    name: str = "core",
    every: timedelta = EVERY,
    answered: float | None = None,
    polled: float = -0.1,
) -> Sight:
    """A country's check; ``since``, ``answered`` and ``polled`` in minutes before noon."""
    told = answered if answered is not None else (0 if not unanswered else since + 0.1)
    return Sight(
        check=f"{name}-{cc}/health",
        component=f"{name}-{cc}",
        market=cc.upper(),
        path=path,
        every=every,
        unanswered=unanswered,
        since=NOON - timedelta(minutes=since),
        answered_at=NOON - timedelta(minutes=told),
        polled_at=NOON - timedelta(minutes=polled),
    )


def control(unanswered: int = 0, since: float = 0, path: str = "east") -> Sight:
    return Sight(
        f"wan-{path}/probe",
        f"wan-{path}",
        "",
        path,
        EVERY,
        unanswered,
        NOON - timedelta(minutes=since),
        NOON - timedelta(minutes=since + 0.1 if unanswered else 0),
        is_control=True,
    )


def told(assessed: Assessment) -> list[str]:
    return sorted(
        f"{each.name} {each.component or '-'}{'' if each.is_firing else ' over'}"
        for each in assessed.findings
    )


@pytest.mark.parametrize(
    ("sights", "expected", "not_seen"),
    [
        pytest.param([seen("ke"), seen("tz"), control()], [], "", id="all is seen"),
        pytest.param(
            [seen("ke", 2, 2), seen("tz", 2, 2), seen("mz", 3, 2), control(2, 2)],
            ["LinkSuspected wan-east"],
            "KE MZ TZ",
            id="R8: three countries and the control probe vanish: one link, none down",
        ),
        pytest.param(
            [seen("ke", 2, 2), seen("tz", 2, 3), seen("mz"), control()],
            ["LinkSuspected wan-east"],
            "KE TZ",
            id="two countries together are the link, even if the probe answers",
        ),
        pytest.param(
            [seen("ke", 3, 2), seen("tz"), control(2, 2)],
            ["LinkSuspected wan-east"],
            "KE",
            id="one country and its control probe: the link",
        ),
        pytest.param(
            [seen("ke", 2, 2), seen("tz"), control()], [], "KE", id="two polls are not yet enough"
        ),
        pytest.param(
            [seen("ke", 3, 2), seen("tz"), control()],
            ["CountryUnreachable core-ke"],
            "KE",
            id="one country for three polls, the control probe fine",
        ),
        pytest.param(
            [seen("ke", 9, 5), control(1, 0.1)],
            [],
            "KE",
            id="not while the control probe itself is in doubt",
        ),
        pytest.param(
            [seen("ke", 3, 2), seen("ke", 3, 2, name="ussd"), control()],
            ["CountryUnreachable core-ke"],
            "KE",
            id="it stands on what all its targets need",
        ),
        pytest.param(
            [seen("ke", 3, 2), seen("ke", 3, 2, name="sms"), control()],
            ["CountryUnreachable -"],
            "KE",
            id="and on nothing when there is no such thing",
        ),
        pytest.param(
            [seen("ke", 900, 2880), seen("tz", 3, 2), control()],
            ["CountryUnreachable core-ke", "CountryUnreachable core-tz"],
            "KE TZ",
            id="days apart is not together",
        ),
        pytest.param(
            [seen("ke", 3, 2), seen("ke", 0, name="ussd"), control()],
            ["TargetUnreachable core-ke"],
            "",
            id="one target while others of the country answer",
        ),
        pytest.param(
            [seen("ke", 3, 2), seen("ke", 1, 0.4, name="ussd", answered=3), control()],
            [],
            "",
            id="not while nothing proves that the way works",
        ),
        pytest.param(
            [
                seen("ke", 3, 2),
                control(),
                seen("ke", name="ussd", path="west"),
                control(path="west"),
            ],
            ["TargetUnreachable core-ke"],
            "",
            id="a country seen by its second path is not unreachable",
        ),
        pytest.param(
            [seen("ke"), seen("tz"), control(2, 2)],
            ["ControlProbeFailing wan-east"],
            "",
            id="a probe alone, while countries on its path answer, is our fault",
        ),
        pytest.param(
            [control(2, 2)],
            ["LinkSuspected wan-east"],
            "",
            id="a probe alone on a path without countries is the link",
        ),
        pytest.param(
            [
                seen("ke", 2, 2),
                control(2, 2),
                seen("gh", 2, 2, path="west"),
                control(2, 2, "west"),
            ],
            ["LinkSuspected hq"],
            "GH KE",
            id="two paths at once: what both stand on",
        ),
        pytest.param(
            [
                seen("ke", 2, 2),
                control(2, 2),
                seen("gh", 2, 2, path="lone"),
                control(2, 2, "lone"),
            ],
            ["LinkSuspected wan-east"],
            "GH KE",
            id="two paths that share nothing known: still one alert, on the first link",
        ),
        pytest.param(
            [seen("ke", 2, 2, path="a"), seen("tz", 2, 2, path="b")],
            ["LinkSuspected -"],
            "KE TZ",
            id="May 2024: cables cut, no probes: one alert, nobody down",
        ),
        pytest.param(
            [
                seen("ke", 3, 2),
                seen("ke", 0, 600, name="files", every=timedelta(hours=1), answered=50),
                control(),
            ],
            ["CountryUnreachable -"],
            "KE",
            id="a check of once an hour does not keep a country visible",
        ),
        pytest.param(
            [
                seen("ke", 3, 2),
                seen("ke", 0, 600, name="files", every=timedelta(hours=1), answered=1),
                control(),
            ],
            ["TargetUnreachable core-ke"],
            "",
            id="unless it got an answer since",
        ),
    ],
)
def test_what_nothing_answering_means(
    sights: Sequence[Sight], expected: list[str], not_seen: str
) -> None:
    assessed = assess(sights, GROUND, {}, NOON)
    assert told(assessed) == expected
    assert " ".join(sorted(assessed.not_seen)) == not_seen


UPLINK = Ground(
    links={f"hq-{cc}": f"wan-{cc}" for cc in ("ke", "tz", "gh")},
    needs={f"wan-{cc}": frozenset({"hq-uplink", "dc"}) for cc in ("ke", "tz", "gh")}
    | {"hq-uplink": frozenset({"dc"})},
)
APART = Ground(links=UPLINK.links)


def cut(*codes: str) -> list[Sight]:
    """Three countries on a path each; the links of ``codes`` are cut."""
    return [
        sight
        for cc in ("gh", "ke", "tz")
        for sight in (
            seen(cc, 2 if cc in codes else 0, 2, f"hq-{cc}"),
            control(2 if cc in codes else 0, 2, f"hq-{cc}"),
        )
    ]


@pytest.mark.parametrize(
    ("codes", "ground", "expected"),
    [
        pytest.param("", UPLINK, [], id="none"),
        pytest.param("ke", UPLINK, [("wan-ke", "ERROR")], id="one: its own link"),
        pytest.param(
            "ke tz", UPLINK, [("hq-uplink", "CRITICAL")], id="two: the nearest that both need"
        ),
        pytest.param("gh ke tz", UPLINK, [("hq-uplink", "CRITICAL")], id="three"),
        pytest.param("ke tz", APART, [("wan-ke", "CRITICAL")], id="nothing shared: the first"),
        pytest.param("ke tz", Ground(), [("", "CRITICAL")], id="nothing known of the paths"),
    ],
)
def test_where_a_suspected_link_is_placed(
    codes: str, ground: Ground, expected: list[tuple[str, str]]
) -> None:
    found = assess(cut(*codes.split()), ground, {}, NOON).findings
    assert {each.name for each in found} <= {"LinkSuspected"}
    assert [(each.component, each.severity.name) for each in found] == expected


@pytest.mark.parametrize(
    ("sights", "expected"),
    [
        pytest.param(
            [seen("ke", 5, 3, polled=0.4), control(since=0.2)],
            [],
            id="country, asked last before its control probe recovered",
        ),
        pytest.param(
            [seen("ke", 5, 3, polled=0.1), control(since=0.2)],
            ["CountryUnreachable core-ke"],
            id="country, asked again and still silent",
        ),
        pytest.param(
            [seen("ke", 5, 3, polled=0.4), seen("tz", 0, 0.2)],
            [],
            id="country without a probe, another on the path just recovered",
        ),
        pytest.param(
            [seen("ke", 5, 3, polled=0.1), seen("tz", 0, 0.2)],
            ["CountryUnreachable core-ke"],
            id="country without a probe, asked after the other recovered",
        ),
        pytest.param(
            [seen("ke", 5, 3, polled=0.4), seen("ke", 0, 9, name="ussd"), control(since=0.2)],
            [],
            id="target, asked last before the control probe recovered",
        ),
        pytest.param(
            [seen("ke", 5, 3, polled=0.4), seen("ke", 0, 0.2, name="ussd"), control(since=9)],
            [],
            id="target, asked last before its neighbour recovered",
        ),
        pytest.param(
            [seen("ke", 5, 3, polled=0.1), seen("ke", 0, 0.2, name="ussd"), control(since=0.2)],
            ["TargetUnreachable core-ke"],
            id="target, asked again and still silent",
        ),
        pytest.param(
            [seen("ke", 0, 9), control(2, 1), seen("tz", 1, 1.1, answered=2)],
            ["ControlProbeFailing wan-east"],
            id="a probe while a country on its path answered since",
        ),
        pytest.param(
            [seen("ke", 0, 9, answered=2), seen("tz", 2, 1), control(2, 1.5)],
            ["LinkSuspected wan-east"],
            id="a probe while a country on its path is gone",
        ),
        pytest.param(
            [seen("ke", 0, 9, answered=2), control(2, 1.5)],
            [],
            id="a probe while nobody on its path answered since: not yet known whose turn",
        ),
        pytest.param(
            [seen("ke", 0, 0.1), replace(control(7, 3), polled_at=NOON - timedelta(seconds=9))],
            [],
            id="a probe, asked last before the country on its path recovered",
        ),
        pytest.param(
            [seen("ke", 0, 0.1), replace(control(7, 3), polled_at=NOON - timedelta(seconds=3))],
            ["ControlProbeFailing wan-east"],
            id="a probe, asked again and still silent",
        ),
    ],
)
def test_what_was_asked_before_the_way_recovered_proves_nothing(
    sights: Sequence[Sight], expected: list[str]
) -> None:
    assert told(assess(sights, GROUND, {}, NOON)) == expected


def test_links_that_heal_one_after_the_other_stay_one_alert_to_the_end() -> None:
    """The last one is not called a link of its own before it outlasts the others for a while."""
    assert [each[:1] for each in followed(UPLINK, 5, "gh ke tz", "gh tz", "gh", "")] == [
        ["LinkSuspected hq-uplink"],
        ["LinkSuspected hq-uplink"],
        ["LinkSuspected hq-uplink"],
        ["LinkSuspected hq-uplink over"],
    ]
    assert followed(UPLINK, 40, "gh ke tz", "gh", "gh", "gh") == [
        ["LinkSuspected hq-uplink"],
        ["LinkSuspected hq-uplink"],
        ["LinkSuspected hq-uplink"],
        ["LinkSuspected hq-uplink over", "LinkSuspected wan-gh"],
    ]


def followed(ground: Ground, seconds: int, *codes: str) -> list[list[str]]:
    """Follow cuts of the three links, so many seconds apart."""
    memory: Mapping[str, Any] = {}
    found = []
    for number, each in enumerate(codes):
        now = NOON + timedelta(seconds=seconds * number)
        assessed = assess(cut(*each.split()), ground, memory, now)
        memory = json.loads(json.dumps(assessed.memory))
        found.append(told(assessed))
    return found


def test_after_a_link_without_probes_heals_each_country_is_asked_again_first() -> None:
    lost = [seen("ke", 5, 3, "a"), seen("tz", 5, 3, "b")]
    slow = [seen("ke", path="a"), seen("tz", 5, 3, "b", polled=0)]
    asked = [seen("ke", path="a"), seen("tz", 6, 3, "b", polled=-1)]
    assert follow(lost, slow, slow, asked) == [
        ["LinkSuspected -"],
        ["LinkSuspected - over"],
        [],
        ["CountryUnreachable core-tz"],
    ]


def test_a_target_once_called_unreachable_stays_so_when_its_path_wavers() -> None:
    dead = seen("ke", 9, 5, polled=1)
    steady = [dead, seen("ke", 0, 60, name="ussd"), control(since=60)]
    recovered = [dead, seen("ke", 0, 0.2, name="ussd"), control(since=0.2)]
    assert follow(steady, recovered) == [["TargetUnreachable core-ke"]] * 2


def follow(*turns: Sequence[Sight]) -> list[list[str]]:
    memory: Mapping[str, Any] = {}
    found = []
    for number, sights in enumerate(turns):
        assessed = assess(sights, GROUND, memory, NOON + timedelta(seconds=5 * number))
        memory = json.loads(json.dumps(assessed.memory))
        found.append(told(assessed))
    return found


def test_a_link_clears_when_answers_come_again_and_the_rest_is_a_country() -> None:
    both = [seen("ke", 4, 3), seen("tz", 4, 3), control(4, 3)]
    one_back = [seen("ke", 5, 3, polled=-1), seen("tz"), control()]
    assert follow(both, both, one_back, [seen("ke"), seen("tz"), control()]) == [
        ["LinkSuspected wan-east"],
        ["LinkSuspected wan-east"],
        ["CountryUnreachable core-ke", "LinkSuspected wan-east over"],
        ["CountryUnreachable core-ke over"],
    ]


def test_the_others_are_waited_for_before_the_first_word() -> None:
    """KE is counted first, TZ half a poll later: it is one alert, not a country and a link."""
    first = [seen("ke", 3, 0.9), seen("tz", 1, 0.5), control()]
    assert follow(first, [seen("ke", 3, 0.9), seen("tz", 2, 0.5), control()]) == [
        [],
        ["LinkSuspected wan-east"],
    ]


def test_waiting_for_others_has_an_end() -> None:
    assert follow([seen("ke", 5, 2), seen("tz", 1, 0.5), control()]) == [
        ["CountryUnreachable core-ke"]
    ]


def test_a_link_that_turns_out_wider_goes_on_below_the_wider_one() -> None:
    """What was known of it is known still, so that it can stand alone again afterwards."""
    west = [seen("gh", 2, 1.8, "west"), control(2, 1.8, "west")]
    back = [seen("gh", path="west"), control(path="west")]
    narrow = [seen("ke", 4, 3), control(4, 3), *back]
    wide = [seen("ke", 5, 3), control(5, 3), *west]
    ours = ["LinkSuspected wan-east"]
    assert follow(narrow, wide, narrow, [seen("ke"), control(), *back]) == [
        ours,
        ["LinkSuspected hq", *ours],
        ["LinkSuspected hq over", *ours],
        ["LinkSuspected wan-east over"],
    ]


def over_one_uplink(*lost: tuple[str, float], others: Sequence[str] = ()) -> list[Sight]:
    """Countries on a path each; ``lost`` are cut, each so many minutes ago, others answer."""
    return [
        sight
        for cc, since in [*lost, *((each, 0) for each in others)]
        for sight in (
            seen(cc, 4 if since else 0, since or 60, f"hq-{cc}", answered=None if since else 0),
            control(4 if since else 0, since or 60, f"hq-{cc}"),
        )
    ]


SIX = ("ke", "tz", "cd", "mz", "gh", "eg")
EIGHT = Ground(
    links={f"hq-{cc}": f"wan-{cc}" for cc in (*SIX, "et", "ls")},
    needs={f"wan-{cc}": frozenset({"hq-uplink"}) for cc in (*SIX, "et", "ls")},
)


@pytest.mark.parametrize(
    ("sights", "expected"),
    [
        pytest.param(
            over_one_uplink(("et", 6), ("ls", 2), others=SIX),
            ["wan-et", "wan-ls"],
            id="four minutes apart, six answer: each its own",
        ),
        pytest.param(
            over_one_uplink(("et", 2), ("ls", 2), others=SIX),
            ["hq-uplink"],
            id="two at once, though six answer",
        ),
        pytest.param(
            over_one_uplink(("et", 9), ("ls", 6), others=SIX[:1]),
            ["wan-et", "wan-ls"],
            id="two of three, but not together",
        ),
        pytest.param(
            over_one_uplink(("et", 9), *((cc, 2) for cc in (*SIX, "ls"))),
            ["hq-uplink", "wan-et"],
            id="who was lost before the others did not fall with them",
        ),
    ],
)
def test_a_shared_link_is_suspected_for_those_lost_together(
    sights: Sequence[Sight], expected: list[str]
) -> None:
    later = NOON + timedelta(minutes=2)
    found = assess(sights, EIGHT, {}, later).findings
    assert sorted(each.component for each in found if each.name == "LinkSuspected") == expected


def test_a_link_stays_as_bad_as_it_was_until_it_is_over() -> None:
    """Markets that return are no change of the alert: it would flap by our own counting."""
    ground = UPLINK
    memory: dict[str, Any] = {}
    found = []
    for codes in ("ke tz", "ke"):
        assessed = assess(cut(*codes.split()), ground, memory, NOON)
        memory = json.loads(json.dumps(assessed.memory))
        found += [(each.component, each.severity.name) for each in assessed.findings]
    assert found == [("hq-uplink", "CRITICAL"), ("hq-uplink", "CRITICAL")]


def test_silence_clears_nothing() -> None:
    """The poller stops: what fired is neither said again nor resolved, so its lease runs out."""
    assert follow([seen("ke", 3, 2), control()], []) == [["CountryUnreachable core-ke"], []]


def test_the_texts_say_not_seen_and_whose_turn_it_is() -> None:
    link = assess([seen("ke", 2, 2), seen("tz", 2, 2), control(2, 2)], GROUND, {}, NOON).findings
    assert link[0].summary == (
        "not seen: Kenya, Tanzania; no answer from the control probe. "
        "Our link is suspected; the platforms may well work"
    )
    assert link[0].market == ""
    alone = assess([seen("ke", 3, 2), control()], GROUND, {}, NOON).findings
    assert alone[0].summary == (
        "Kenya is unreachable: 1 check got no answer for 3 polls, "
        "while the control probe wan-east/probe answers"
    )


def test_an_alert_keeps_the_instant_it_began() -> None:
    first = assess([seen("ke", 3, 2), control()], GROUND, {}, NOON)
    later = assess([seen("ke", 9, 1), control()], GROUND, first.memory, NOON)
    assert later.findings[0].since == NOON - timedelta(minutes=2)


def test_a_finding_names_the_markets_that_it_hides() -> None:
    link = assess([seen("ke", 2, 2), seen("tz", 2, 2), control()], GROUND, {}, NOON)
    assert link.findings[0].hidden == ("KE", "TZ")
    assert link.memory["raised"][link.findings[0].key]["hidden"] == ["KE", "TZ"]
    one = assess([seen("ke", 4, 2), seen("tz", 0, 0), control(2, 2)], GROUND, link.memory, NOON)
    assert [each.hidden for each in one.findings if each.is_firing] == [("KE",)]
    alone = assess([seen("ke", 3, 2), control()], GROUND, {}, NOON).findings
    assert alone[0].hidden == ("KE",)
