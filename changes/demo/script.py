"""What the demo's month holds: plans as data, by days from now. Invented throughout. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from changes.draft import Draft
from changes.lifecycle import Effect, Outcome
from changes.values import PlannedTest, PlanStep, Touched

SUCCESS, ISSUES = Outcome.SUCCESSFUL, Outcome.WITH_ISSUES
BACK, FAILED = Outcome.ROLLED_BACK, Outcome.FAILED
NIL, LESS, POOR, DOWN = Effect.NONE, Effect.REDUNDANCY, Effect.DEGRADED, Effect.DOWN


@dataclass(frozen=True)
class Planned:
    """One change of the script; ``day`` counts from today, its window begins with the night's.

    ``stop`` is where it is left: drafted, asked (one answer of two), operations or business (their
    stage is done), refused, cancelled, or done: approved, and run when its night has been.
    ``pace`` is how long its steps took beside their plan.
    """

    day: int
    title: str
    component: str
    effect: Effect = POOR
    minutes: int = 60
    rollback: int = 20
    outcome: Outcome = SUCCESS
    pace: float = 0.9
    note: str = ""
    markets: Sequence[str] = ()
    vendor: str = ""
    type: str = "normal"
    stop: str = "done"
    who: str = "tesfaye"
    is_rehearsed: bool = True
    purpose: str = ""


PAST: Sequence[Planned] = (
    Planned(-27, "Core ledger North: quarterly patches", "core-ledger-north", LESS, 120, 45),
    Planned(
        -25,
        "Bank switch Ghana: a new member bank",
        "banks-gh",
        POOR,
        90,
        30,
        ISSUES,
        1.1,
        "two of its accounts had to be corrected by hand",
    ),
    Planned(
        -23,
        "WAN link Lesotho: a second router",
        "wan-ls",
        LESS,
        120,
        45,
        BACK,
        1.3,
        "the new router lost its routes after the restart; the old one carries again",
        vendor="Mopane Networks",
    ),
    Planned(-21, "Customer app Egypt: release 8.4", "app-eg", NIL, 60, 15),
    Planned(
        -20,
        "Storage array N1: controller replaced",
        "storage-n1",
        LESS,
        120,
        30,
        vendor="Pangolin Storage",
        who="amina",
    ),
    Planned(
        -19,
        "Core ledger South: accounts merged in daytime",
        "core-ledger-south",
        DOWN,
        180,
        90,
        stop="refused",
        note="it holds transactions of two countries; plan it in waves",
        is_rehearsed=False,
    ),
    Planned(-18, "Core ledger South: limits table", "core-ledger-south", POOR, 60, 30),
    Planned(
        -16,
        "Payment API Tanzania: certificate expires tonight",
        "payment-api-tz",
        POOR,
        60,
        15,
        SUCCESS,
        0.8,
        type="emergency",
        who="juma",
    ),
    Planned(
        -15,
        "Payment API Ethiopia: larger connection pool",
        "payment-api-et",
        POOR,
        60,
        20,
        FAILED,
        1.0,
        "no connection was gained; the setting is read by another file",
        who="amina",
    ),
    Planned(
        -14,
        "Ledger database South: larger log volume",
        "ledger-db-south",
        LESS,
        60,
        30,
        ISSUES,
        1.6,
        "the copy took 30 minutes longer than rehearsed",
    ),
    Planned(
        -13,
        "Core ledger Ghana: release 12.1",
        "core-ledger-gh",
        DOWN,
        150,
        60,
        SUCCESS,
        0.95,
        vendor="Acacia Software",
        who="amina",
    ),
    Planned(
        -12,
        "SMS gateway Kenya: move of the modem rack",
        "smsc-ke",
        POOR,
        120,
        60,
        stop="cancelled",
        note="the vendor's engineer cannot travel",
    ),
    Planned(-10, "Bank switch Egypt: settlement hours", "banks-eg", who="amina"),
    Planned(
        -9, "Storage array N2: firmware", "storage-n2", LESS, 90, 30, vendor="Pangolin Storage"
    ),
    Planned(-8, "Customer app Kenya: release 8.5", "app-ke", NIL, 60, 15, who="amina"),
    Planned(
        -7,
        "WAN link Ethiopia: another provider",
        "wan-et",
        LESS,
        120,
        45,
        BACK,
        1.2,
        "half of the packets came late; the old provider carries again",
        vendor="Mopane Networks",
    ),
    Planned(
        -6,
        "Core ledger East: release 12.1",
        "core-ledger-east",
        DOWN,
        180,
        45,
        SUCCESS,
        0.9,
        vendor="Acacia Software",
    ),
    Planned(
        -5, "Payment API Mozambique: rate limits", "payment-api-mz", type="emergency", who="amina"
    ),
    Planned(-3, "HSM cluster East: ceremony of new keys", "hsm-east", LESS, 90, 30, who="amina"),
    Planned(
        -1,
        "Ledger database East: log volume enlarged",
        "ledger-db-east",
        LESS,
        90,
        30,
        ISSUES,
        1.35,
        "one index was built anew by hand; the last step ended after the window",
        who="amina",
    ),
)

AHEAD: Sequence[Planned] = (
    Planned(1, "Bank switch Kenya: timeout of 20 s", "banks-ke", who="amina"),
    Planned(2, "USSD Egypt: Ramadan menu", "ussd-eg"),
    Planned(
        3, "Core ledger East: transaction limits", "core-ledger-east", LESS, 120, 30,
        markets=("KE", "TZ"), who="amina",
    ),
    Planned(
        3, "Core ledger East: job for dormant accounts", "core-ledger-east", LESS, 90, 30,
        markets=("MZ",),
    ),
    Planned(4, "Customer app Lesotho: release 8.6", "app-ls", NIL, 60, 15, who="amina"),
    Planned(5, "SMS gateway Ghana: second route", "smsc-gh", LESS, 90, 20, stop="operations"),
    Planned(6, "Core ledger South: release 12.2", "core-ledger-south", DOWN, 180, 60, stop="asked",
            vendor="Acacia Software", is_rehearsed=False),
    Planned(6, "WAN link Tanzania: larger line", "wan-tz", LESS, 90, 30, vendor="Mopane Networks",
            stop="operations", who="amina"),
    Planned(7, "Payment API Egypt: idempotency keys", "payment-api-eg", POOR, 90, 20, stop="asked"),
    Planned(8, "HSM cluster East: fourth node", "hsm-east", LESS, 120, 45, stop="business",
            who="amina"),
    Planned(9, "Agent cash-in Kenya: PIN by scanner", "agents-ke", stop="asked"),
    Planned(10, "Ledger database East: version 16", "ledger-db-east", DOWN, 180, 60,
            stop="operations", is_rehearsed=False),
    Planned(11, "Bank switch Congo: a new member bank", "banks-cd", stop="drafted", who="amina"),
    Planned(13, "Core ledger North: release 12.2", "core-ledger-north", DOWN, 180, 60,
            stop="drafted", vendor="Acacia Software"),
)  # fmt: skip

MARKETS = ("KE", "TZ", "CD", "MZ", "LS", "GH", "EG", "ET")
CERTIFICATE = "Payment API: renew the certificate"
ROUTES = "SMS gateway: new routing table"


def steps_of(planned: Planned) -> tuple[PlanStep, ...]:
    """Return the plan of one change: three steps that fill three quarters of its window."""
    shares = (
        ("Change the first half", 0.3, False),
        ("Look at its figures for a while", 0.15, True),
        ("Change the rest", 0.3, False),
    )
    return tuple(
        PlanStep(
            position=at,
            title=title,
            owner=planned.who,
            planned_minutes=max(3, round(planned.minutes * share)),
            check="success rate within its usual band, no new alert" if is_hold else "no error",
            undo="" if is_hold else "put the version before back",
            is_hold_point=is_hold,
            needs=(at - 1,) if at > 1 else (),
        )
        for at, (title, share, is_hold) in enumerate(shares, 1)
    )


def draft_of(planned: Planned, requester: str) -> Draft:
    """Return the request of one change, still without its window and its day of rehearsal."""
    return Draft(
        title=planned.title,
        type=planned.type,
        markets=tuple(planned.markets),
        touched=(Touched(planned.component, planned.effect),),
        preparation_minutes=15,
        rollback_minutes=planned.rollback,
        soak_minutes=30,
        purpose=planned.purpose or "asked for by the owner of the component; see the steps",
        implementer=planned.who,
        verifier="thandi" if requester != "thandi" else "palesa",
        team="Core platform" if "ledger" in planned.component else "Services",
        vendor=planned.vendor,
        vendor_must_attend=bool(planned.vendor),
        rollback_plan="Undo the steps backwards; each says how. The figures of the hour before are "
        "the yardstick.",
        steps=steps_of(planned),
        tests=(PlannedTest("On the test platform", "run of the week before", True),),
    )


def template_plan(name: str) -> Draft:
    """Return the plan of one of the two templates, for any of the eight countries."""
    prefix = "payment-api" if name == CERTIFICATE else "smsc"
    titles = (
        ("Install the new certificate", "Watch every node")
        if name == CERTIFICATE
        else ("Switch to the new table", "Watch the delivery reports")
    )
    minutes = (20, 20)
    return Draft(
        title=name,
        type="standard",
        touched=tuple(Touched(f"{prefix}-{code.lower()}", POOR) for code in MARKETS),
        preparation_minutes=10,
        rollback_minutes=15,
        soak_minutes=15,
        rollback_plan="Put the one before back; it stays in place for a week.",
        steps=tuple(
            PlanStep(at, title, planned_minutes=length, check="no new alert", undo="the one before")
            for at, (title, length) in enumerate(zip(titles, minutes, strict=True), 1)
        ),
    )
