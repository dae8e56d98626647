"""What incidents do when something happened elsewhere: their story tells what people found."""

from incidents.models import Incident, TimelineEntry
from incidents.rules.wording import Quoted, Told, to_plain
from incidents.story import TOLD, spoken
from ssoc.core.running import bump
from ssoc.core.vocabulary import CauseJudged
from ssoc.core.work import Work
from ssoc.estate import queries as estate_queries


def tell_judged(work: Work, event: CauseJudged) -> None:
    """Write into the story who said what of a suspected change, in that person's name."""
    if work.session.get(Incident, event.incident_id) is None:
        return
    markets = tuple(each for each in event.markets.split(",") if each)
    what = Quoted(event.title, markets, "a change")
    told: Told = ("cause ", f"{event.verdict}: ", what, "; ", Quoted(event.reason, markets))
    work.session.add(
        TimelineEntry(
            incident_id=event.incident_id,
            at=work.now,
            kind="judged",
            by=event.by,
            text=spoken(told, estate_queries.current(work)).text,
            body={TOLD: to_plain(told)},
        )
    )
    bump(work.session)
