"""Say whose silence makes alerts stale: one line for each source and market, however many."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from incidents.correlator.situation import Situation
from incidents.models import Incident, TimelineEntry
from incidents.rules.wording import Named, Quoted, when
from incidents.story import line
from ssoc.monitoring.lookup_queries import Speaker, speakers

KIND = "silent"
_LOOKED_AT = 200  # newest lines of an incident about silence


def say_who_is_silent(situation: Situation, silent: Sequence[str], heard: Sequence[str]) -> None:
    """Tell incidents whose components fell silent, and whose are heard of again."""
    for names, is_silent in ((silent, True), (heard, False)):
        if names:
            _say_all(situation, speakers(situation.work, names), is_silent)


def _say_all(
    situation: Situation, found: Mapping[str, Collection[Speaker]], is_silent: bool
) -> None:
    for number, rows in situation.rows.items():
        incident = situation.incidents.get(number)
        if incident is None:
            continue
        here: dict[Speaker, list[str]] = defaultdict(list)
        for name in sorted(found.keys() & rows.keys()):
            for speaker in found[name]:
                here[speaker].append(name)
        before = _said(situation, incident) if here else {}
        for speaker, names in sorted(here.items()):
            if before.get(speaker, False) != is_silent:
                _say(situation, incident, speaker, names, is_silent)


def _said(situation: Situation, incident: Incident) -> dict[Speaker, bool]:
    """Return whether each source was said to be silent when it was spoken of last."""
    row = TimelineEntry
    rows = (
        select(row.body)
        .where(row.incident_id == incident.id, row.kind == KIND)
        .order_by(row.id.desc())
        .limit(_LOOKED_AT)
    )
    found = {}
    for body in reversed(situation.work.session.scalars(rows).all()):
        speaker = Speaker(body.get("source", ""), body.get("market", ""))
        found[speaker] = bool(body.get("is_silent"))
    return found


def _say(
    situation: Situation,
    incident: Incident,
    speaker: Speaker,
    names: Sequence[str],
    is_silent: bool,
) -> None:
    whose = "its source" if len(names) == 1 else "their source"
    markets = (speaker.market,) if speaker.market else ()
    text = situation.spoken(
        Named(tuple(names)),
        ": ",
        Quoted(f"{whose} {speaker.source}", markets, whose),
        " is silent since " if is_silent else " is heard again at ",
        when(situation.now),
    )
    facts = {"source": speaker.source, "market": speaker.market, "is_silent": is_silent}
    line(situation.work, incident, KIND, text, **facts)
